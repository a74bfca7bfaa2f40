"""Nightbell: a monitor for scheduled work on AWS Lambda and DynamoDB."""
