from cais.findings import Finding, Subject
from cais.rules.alike import folded

TASK = Subject(template="t", logical_id="Task", type="AWS::ECS::TaskDefinition")


def finding(name: str, role: str = "Role") -> Finding:
    return Finding(
        rule="IMG105",
        verdict="refuted",
        subject=TASK,
        message=f"{role} may not pull the image of {name}",
        evidence=(f"{name} runs nginx",),
        fix="Attach a policy.",
        aspect=name,
    )


def test_what_containers_share_is_told_once():
    (one,) = folded([finding("web"), finding("migrate")])
    assert one.aspect == "web, migrate"
    assert one.message == "Role may not pull the image of web, migrate"
    assert one.evidence == ("web, migrate runs nginx",)


def test_what_differs_in_more_than_the_name_stays_apart():
    findings = [finding("web"), finding("web-2", role="web-2-role"), finding("sidecar", role="Other")]
    assert list(folded(findings)) == findings


def test_a_finding_without_aspect_is_left_as_it_is():
    assert list(folded([Finding(rule="DEP101", verdict="proven", subject=TASK, message="a, b")])) == [
        Finding(rule="DEP101", verdict="proven", subject=TASK, message="a, b")
    ]
