"""What the programs of the node of Kubernetes are told: their files and their command lines."""

from __future__ import annotations

import json
import secrets
import subprocess
from typing import TYPE_CHECKING, Any

from tests.engines.cache import CACHE
from tests.engines.kubernetes.binaries import FOLDER as PROGRAMS

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = CACHE / "kubernetes" / "node"
"""Where a node keeps its files: on a disk, for the layers of images. It is gone when the node is."""
HOST = "172.31.253.1"
NODE = "172.31.253.2"
"""Both ends of the wire between this machine and the node, whose network is its own."""
PODS = "172.31.252.0/24"
SERVICES = "172.31.251.0/24"
SERVER = f"https://{NODE}:6443"
ETCD = "http://127.0.0.1:2379"
NAME = "localhost"  # how the API server, which is in the same network, finds the kubelet
CGROUP = "cais"
CONTEXT = "cais"
PAUSE = "cais-pause:1"
IMAGES = "docker.io/library"  # where containerd takes a name without a host to be
TUNABLES = {
    "vm/overcommit_memory": 1,
    "kernel/panic": 10,
    "kernel/panic_on_oops": 1,
    "kernel/keys/root_maxkeys": 1000000,
    "kernel/keys/root_maxbytes": 25000000,
}
"""What a kubelet sets for the whole machine: it gets files of its own to set it in."""


def write(folder: Path) -> None:
    """Writes what the programs read."""
    _make_keys(folder)
    token = secrets.token_hex(16)
    (folder / "tokens.csv").write_text(f"{token},admin,admin,system:masters\n")
    (folder / "containerd.toml").write_text(_containerd(folder))
    (folder / "cni").mkdir()
    _dump(folder / "cni" / "10-bridge.conflist", _network())
    _dump(folder / "kubelet.json", _kubelet(folder))
    _dump(folder / "kubeconfig", _kubeconfig(folder, token))
    for name, value in TUNABLES.items():
        tunable(folder, name).write_text(f"{value}\n")


def tunable(folder: Path, name: str) -> Path:
    """The node's own file for a setting of the kernel."""
    return folder / name.replace("/", ".")


def socket(folder: Path) -> Path:
    """Of containerd."""
    return folder / "containerd.sock"


def first(folder: Path) -> dict[str, list[str]]:
    """The commands of what the others need, by name."""
    server = [
        str(PROGRAMS / "kube-apiserver"),
        f"--etcd-servers={ETCD}",
        f"--bind-address={NODE}",
        f"--advertise-address={NODE}",
        f"--cert-dir={folder / 'certificates'}",
        f"--service-cluster-ip-range={SERVICES}",
        "--authorization-mode=RBAC",
        f"--token-auth-file={folder / 'tokens.csv'}",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={folder / 'accounts.pub'}",
        f"--service-account-signing-key-file={folder / 'accounts.key'}",
        "--allow-privileged=true",
    ]
    return {
        "etcd": ["etcd", f"--data-dir={folder / 'etcd'}"],
        "containerd": ["containerd", f"--config={folder / 'containerd.toml'}"],
        "kube-apiserver": server,
    }


def second(folder: Path) -> dict[str, list[str]]:
    """The commands of those that ask the API server, by name."""
    config = f"--kubeconfig={folder / 'kubeconfig'}"
    manager = [
        str(PROGRAMS / "kube-controller-manager"),
        config,
        f"--service-account-private-key-file={folder / 'accounts.key'}",
        f"--root-ca-file={folder / 'certificates' / 'apiserver.crt'}",
        "--leader-elect=false",
        f"--cert-dir={folder / 'manager'}",
    ]
    scheduler = [str(PROGRAMS / "kube-scheduler"), config, "--leader-elect=false"]
    kubelet = [
        str(PROGRAMS / "kubelet"),
        config,
        f"--config={folder / 'kubelet.json'}",
        f"--root-dir={folder / 'kubelet'}",
        f"--cert-dir={folder / 'kubelet-certificates'}",
        "--container-runtime=remote",
        f"--container-runtime-endpoint=unix://{socket(folder)}",
        f"--hostname-override={NAME}",
        f"--node-ip={NODE}",
    ]
    return {
        "kube-controller-manager": manager,
        "kube-scheduler": [*scheduler, f"--cert-dir={folder / 'scheduler'}"],
        "kubelet": kubelet,
    }


def _make_keys(folder: Path) -> None:
    """Those that the tokens of service accounts are signed with, and read by."""
    key, public = folder / "accounts.key", folder / "accounts.pub"
    for words in (["genrsa", "-out", key, "2048"], ["rsa", "-in", key, "-pubout", "-out", public]):
        subprocess.run(["openssl", *words], capture_output=True, check=True)


def _containerd(folder: Path) -> str:
    return f"""\
version = 2
root = "{folder / "containers"}"
state = "{folder / "containers-state"}"
[grpc]
  address = "{socket(folder)}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{IMAGES}/{PAUSE}"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "{folder / "cni"}"
"""


def _network() -> dict[str, Any]:
    """https://www.cni.dev/plugins/current/main/bridge/"""
    addresses = {
        "type": "host-local",
        "ranges": [[{"subnet": PODS}]],
        "routes": [{"dst": "0.0.0.0/0"}],
    }
    bridge = {"type": "bridge", "bridge": "pods", "isGateway": True, "ipMasq": False, "ipam": addresses}
    ports = {"type": "portmap", "capabilities": {"portMappings": True}}
    return {"cniVersion": "0.4.0", "name": "pods", "plugins": [bridge, ports]}


def _kubelet(folder: Path) -> dict[str, Any]:
    """https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/"""
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": "127.0.0.1",  # of the node's network, where only the API server is
        "authentication": {"anonymous": {"enabled": True}, "webhook": {"enabled": False}},
        "authorization": {"mode": "AlwaysAllow"},
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{CGROUP}",
        "failSwapOn": False,
        "oomScoreAdj": 0,
        "imageGCHighThresholdPercent": 100,
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
        "volumePluginDir": str(folder / "volume-plugins"),
        "nodeStatusUpdateFrequency": "4s",
    }


def _kubeconfig(folder: Path, token: str) -> dict[str, Any]:
    authority = str(folder / "certificates" / "apiserver.crt")
    cluster = {"server": SERVER, "certificate-authority": authority}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": CONTEXT, "cluster": cluster}],
        "users": [{"name": CONTEXT, "user": {"token": token}}],
        "contexts": [{"name": CONTEXT, "context": {"cluster": CONTEXT, "user": CONTEXT}}],
        "current-context": CONTEXT,
    }


def _dump(path: Path, document: dict[str, Any]) -> None:
    path.write_text(json.dumps(document, indent=2))
