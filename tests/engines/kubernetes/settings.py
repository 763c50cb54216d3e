"""What each program of the cluster is told."""

from __future__ import annotations

import socket
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import yaml

TOKEN = "tests"
BRIDGE = "cais-pods"
PODS = "10.244.77.0/24"
SERVICES = "10.96.77.0/24"
CNI_PROGRAMS = "/usr/lib/cni"
CGROUPS = Path("/sys/fs/cgroup")


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Of 127.0.0.1."""

    etcd: int
    peer: int
    api: int
    kubelet: int
    health: int


def free_ports() -> Ports:
    """Ports that nobody listens on now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(5)]
    etcd, peer, api, kubelet, health = (each.getsockname()[1] for each in sockets)
    for each in sockets:
        each.close()
    return Ports(etcd=etcd, peer=peer, api=api, kubelet=kubelet, health=health)


def write(folder: Path, ports: Ports) -> None:
    """The files that the programs read."""
    key, public = folder / "accounts.key", folder / "accounts.pub"
    subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, capture_output=True)
    subprocess.run(["openssl", "rsa", "-in", key, "-pubout", "-out", public], check=True, capture_output=True)
    (folder / "tokens.csv").write_text(f"{TOKEN},admin,admin,system:masters\n")
    (folder / "kubeconfig").write_text(yaml.safe_dump(_kubeconfig(ports)))
    (folder / "kubelet.yaml").write_text(yaml.safe_dump(_kubelet(ports)))
    (folder / "containerd.toml").write_text(CONTAINERD.format(folder=folder, cni=CNI_PROGRAMS))
    (folder / "cni").mkdir()
    (folder / "cni" / "10-pods.conflist").write_text(NETWORK)


def etcd(folder: Path, ports: Ports) -> list[str]:
    """The store."""
    client, peer = f"http://127.0.0.1:{ports.etcd}", f"http://127.0.0.1:{ports.peer}"
    return [
        "etcd",
        f"--data-dir={folder}/etcd",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=default={peer}",
        "--unsafe-no-fsync",  # it keeps nothing that anyone wants to have
    ]


def api_server(programs: Path, folder: Path, ports: Ports) -> list[str]:
    """The API."""
    return [
        f"{programs}/kube-apiserver",
        f"--etcd-servers=http://127.0.0.1:{ports.etcd}",
        f"--secure-port={ports.api}",
        "--bind-address=127.0.0.1",
        f"--advertise-address={_address()}",
        f"--cert-dir={folder}/certificates",
        f"--service-cluster-ip-range={SERVICES}",
        "--authorization-mode=RBAC",
        f"--token-auth-file={folder}/tokens.csv",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={folder}/accounts.pub",
        f"--service-account-signing-key-file={folder}/accounts.key",
        "--allow-privileged=true",
    ]


def controller_manager(programs: Path, folder: Path) -> list[str]:
    """The controllers."""
    return [
        f"{programs}/kube-controller-manager",
        f"--kubeconfig={folder}/kubeconfig",
        f"--service-account-private-key-file={folder}/accounts.key",
        "--leader-elect=false",
        "--bind-address=127.0.0.1",
        "--secure-port=0",
        "--port=0",
    ]


def scheduler(programs: Path, folder: Path) -> list[str]:
    """What gives pods their node."""
    return [
        f"{programs}/kube-scheduler",
        f"--kubeconfig={folder}/kubeconfig",
        "--leader-elect=false",
        "--bind-address=127.0.0.1",
        "--secure-port=0",
        "--port=0",
    ]


def kubelet(programs: Path, folder: Path) -> list[str]:
    """The node."""
    return [
        f"{programs}/kubelet",
        f"--config={folder}/kubelet.yaml",
        f"--kubeconfig={folder}/kubeconfig",
        f"--root-dir={folder}/kubelet",
        f"--cert-dir={folder}/kubelet-certificates",
        "--container-runtime=remote",
        f"--container-runtime-endpoint=unix://{folder}/containerd.sock",
        "--hostname-override=localhost",
        f"--node-ip={_address()}",
    ]


def _address() -> str:
    """An address of this machine that is not its loopback, which a node may not have."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, suppress(OSError):
        probe.connect(("192.0.2.1", 9))  # sends nothing: it only asks which address would
        return probe.getsockname()[0]
    return "192.0.2.2"


def _kubeconfig(ports: Ports) -> dict[str, object]:
    server = {"server": f"https://127.0.0.1:{ports.api}", "insecure-skip-tls-verify": True}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "tests", "cluster": server}],
        "users": [{"name": "admin", "user": {"token": TOKEN}}],
        "contexts": [{"name": "tests", "context": {"cluster": "tests", "user": "admin"}}],
        "current-context": "tests",
    }


def _kubelet(ports: Ports) -> dict[str, object]:
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": "127.0.0.1",
        "port": ports.kubelet,
        "healthzPort": ports.health,
        "authentication": {"anonymous": {"enabled": True}, "webhook": {"enabled": False}},
        "authorization": {"mode": "AlwaysAllow"},
        "cgroupDriver": "cgroupfs",
        "failSwapOn": False,
        "oomScoreAdj": 0,
        "maxPods": 30,
        "imageGCHighThresholdPercent": 100,
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
        "enforceNodeAllocatable": ["pods"],
        "nodeStatusUpdateFrequency": "4s",
        "syncFrequency": "5s",
    }


def remove_network() -> None:
    """Takes back the pods' bridge and what their interfaces left of rules."""
    subprocess.run(["ip", "link", "delete", BRIDGE], capture_output=True, check=False)


def remove_cgroups() -> None:
    """Takes back the empty cgroups of pods."""
    for root in sorted(CGROUPS.glob("**/kubepods"), reverse=True):
        for folder in sorted((*root.glob("**/"), root), reverse=True):
            with suppress(OSError):
                folder.rmdir()


NETWORK = f"""
{{"cniVersion": "0.4.0", "name": "pods", "plugins": [
  {{"type": "bridge", "bridge": "{BRIDGE}", "isGateway": true, "ipMasq": false,
   "ipam": {{"type": "host-local", "dataDir": "/run/cais-cni", "ranges": [[{{"subnet": "{PODS}"}}]],
            "routes": [{{"dst": "0.0.0.0/0"}}]}}}}]}}
"""
CONTAINERD = """
version = 2
root = "{folder}/images"
state = "{folder}/state"
[grpc]
  address = "{folder}/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "docker.io/library/cais-pause:1"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{cni}"
    conf_dir = "{folder}/cni"
"""
