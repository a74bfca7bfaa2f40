"""Reading and writing DynamoDB."""
