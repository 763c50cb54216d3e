"""What runs in an AWS account, read through boto3, which only this package and the price list load."""
