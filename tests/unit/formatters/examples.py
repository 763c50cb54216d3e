"""A view with one finding of each verdict, and hostile text in it."""

from cais.findings import Finding, Subject
from cais.formatters.view import View

GROUP = Subject(
    template="EcsStack.template.json",
    logical_id="ServiceGroup",
    type="AWS::EC2::SecurityGroup",
    construct_path="EcsStack/Service/Group",
    line=12,
)
TASK = Subject(template="web.yaml", logical_id="Task", type="AWS::ECS::TaskDefinition")
REFUTED = Finding(
    rule="HLT103",
    verdict="refuted",
    subject=GROUP,
    message="The load balancer cannot reach the task: 100% of port 8000, closed",
    causes=("H4",),
    evidence=("Balancer sends to Targets", "ServiceGroup admits port 80"),
    fix="Open port 8000.",
    service="EcsStack/Service",
)
UNPROVEN = Finding(
    rule="IMG109",
    verdict="unproven",
    subject=TASK,
    message='Not proven: the image "<web>" exists',
    causes=("P17",),
    fix="aws ecr describe-images",
    aspect="web",
)
ADVICE = Finding(
    rule="DEP106",
    verdict="advice",
    subject=TASK,
    message="No circuit breaker\n\x1b[31m::error::injected",
    causes=("H18",),
    fix="Enable it.",
)
PROVEN = Finding(
    rule="IMG106", verdict="proven", subject=TASK, message="The role trusts ECS", causes=("P13",)
)
VIEW = View(
    summary={"proven": 1, "refuted": 1, "unproven": 1},
    findings=(REFUTED, UNPROVEN, ADVICE, PROVEN),
    services={
        "EcsStack/Service": {"proven": 7, "refuted": 1, "unproven": 0},
        "web.yaml Task": {"proven": 2, "refuted": 0, "unproven": 0},
    },
    files={"EcsStack.template.json": "cdk.out/EcsStack.template.json", "web.yaml": "a b/web.yaml"},
    titles={"HLT103": "the load balancer reaches the task"},
    gaps=("macro M of web.yaml",),
    version="0.1.0",
)
