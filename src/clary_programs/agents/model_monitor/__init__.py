"""Model Monitor's analyser: data quality, model quality and the ground-truth merge, as one processing program.

It knows `/opt/ml` and the environment which a monitoring job gives its container; it never knows the platform.
"""
