"""cais: lands one Flask image on ECS Fargate, EKS or Lambda, and proves that it will come up."""

__version__ = "0.1.0"
