"""The older names of operations, which AWS answers as their successors: they are the same requests. Oracle: PutBucketLifecycle ("This
operation … For an updated version of this API, see PutBucketLifecycleConfiguration") and PutBucketNotification (API reference)."""

from __future__ import annotations

RULE = {
    "ID": "old",
    "Prefix": "logs/",
    "Status": "Enabled",
    "Transition": {"Days": 30, "StorageClass": "STANDARD_IA"},
    "Expiration": {"Days": 60},
    "NoncurrentVersionTransition": {"NoncurrentDays": 30, "StorageClass": "GLACIER"},
}


def test_lifecycle(s3, bucket, refused):
    s3.put_bucket_lifecycle(Bucket=bucket, LifecycleConfiguration={"Rules": [RULE]})
    assert s3.get_bucket_lifecycle(Bucket=bucket)["Rules"] == [RULE]
    (rule,) = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert rule["Transitions"] == [RULE["Transition"]]
    with refused("InvalidArgument", 400):
        s3.put_bucket_lifecycle(
            Bucket=bucket, LifecycleConfiguration={"Rules": [{**RULE, "Expiration": {"Days": 20}}]}
        )
    s3.delete_bucket_lifecycle(Bucket=bucket)
    with refused("NoSuchLifecycleConfiguration", 404):
        s3.get_bucket_lifecycle(Bucket=bucket)


def test_notifications(s3, bucket, refused):
    assert "TopicConfiguration" not in s3.get_bucket_notification(Bucket=bucket)
    s3.put_bucket_notification(Bucket=bucket, NotificationConfiguration={})
    topic = {"Topic": "arn:aws:sns:us-east-1:111122223333:t", "Events": ["s3:ObjectCreated:*"]}
    with refused("NotImplemented", 501):
        s3.put_bucket_notification(Bucket=bucket, NotificationConfiguration={"TopicConfiguration": topic})
