"""What AWS's checks say: for each issue code its kind, its sentence and its page.

Source: "IAM policy validation check reference" (IAM User Guide), whose anchors follow from the codes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from clary.services.accessanalyzer.json_tree import Lines, Member, Node

_PAGE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html"
_ANCHORS = {
    "ERROR": "error",
    "WARNING": "general-warning",
    "SECURITY_WARNING": "security-warning",
    "SUGGESTION": "suggestion",
}
_MULTIPLE = "because it can allow {action} permissions on multiple resources. We recommend that you specify resource ARNs instead."
_UNINTENDED = "can allow creation of unintended service-linked roles"
_SLR_ALL = "because it allows iam:CreateServiceLinkedRole permissions on all resources. We recommend that you specify resource ARNs instead."
_PASSED = "We recommend that you specify resource ARNs or add the iam:PassedToService condition key to your statement."
_NULL_INSTEAD = "To determine if the request context is empty, we recommend that you use the Null condition operator with the value of true instead."
_PRIVATE = "The values for condition key aws:SourceIp include a mix of private and public IP addresses."
_VPC = "aws:SourceIp works only for public IP address ranges. To define permissions for private IP ranges, use aws:VpcSourceIp."
_ACCOUNT_ID = (
    "The Principal element includes the IAM {kind} ID {id}. We recommend that you use a {kind} ARN instead."
)
_NO_PRINCIPALS = "This statement includes no principals and does not affect the policy. Specify principals."

ERRORS = {
    "ARN_ACCOUNT_NOT_ALLOWED": "The service {service} does not support specifying an account ID in the resource ARN.",
    "ARN_REGION_NOT_ALLOWED": "The service {service} does not support specifying a Region in the resource ARN.",
    "DATA_TYPE_MISMATCH": "The text does not match the expected JSON data type {type}.",
    "DUPLICATE_KEYS_WITH_DIFFERENT_CASE": "The condition key {key} appears more than once with different capitalization in the same condition block. Remove the duplicate condition keys.",
    "EMPTY_VARIABLE": "Empty policy variable. Remove the ${{ }} variable structure or provide a variable within the structure.",
    "INVALID_ARN_ACCOUNT": "The resource ARN account ID {account} is not valid. Provide a 12-digit account ID.",
    "INVALID_ARN_PREFIX": "Add the required prefix (arn) to the resource ARN.",
    "INVALID_ARN_SERVICE_CASE": "Update the service name {service} in the resource ARN to use all lowercase letters.",
    "INVALID_CONDITION_DATA_TYPE": "The condition value data types do not match. Use condition values of the same JSON data type.",
    "INVALID_CONDITION_KEY_FORMAT": "The condition key format is not valid. Use the format service:keyname.",
    "INVALID_CONDITION_MULTIPLE_BOOLEAN": "The condition key does not support multiple Boolean values. Use a single Boolean value.",
    "INVALID_CONDITION_OPERATOR": "The condition operator {operator} is not valid. Use a valid condition operator.",
    "INVALID_EFFECT": "The effect {effect} is not valid. Use Allow or Deny.",
    "INVALID_PARTITION": "The resource ARN for the service {service} does not support the partition {partition}. Use the supported values: {partitions}",
    "INVALID_POLICY_ELEMENT": "The policy element {element} is not valid.",
    "INVALID_PRINCIPAL_FORMAT": "The Principal element contents are not valid. Specify a key-value pair in the Principal element.",
    "INVALID_PRINCIPAL_KEY": "The principal key {key} is not valid.",
    "INVALID_VARIABLE_FOR_OPERATOR": "Policy variables can only be used with String and ARN operators.",
    "INVALID_VERSION": "The version {version} is not valid. Use one of the following versions: {versions}",
    "JSON_SYNTAX_ERROR": "Fix the JSON syntax error at index {index} line {line} column {column}.",
    "MISMATCHED_ACTION_FOR_PRINCIPAL": "The {action} action is invalid with the following principal(s): {principals}. Use a SAML provider principal with the sts:AssumeRoleWithSAML action or use an OIDC provider principal with the sts:AssumeRoleWithWebIdentity action. Ensure the provider is Federated if you use either of the two options.",
    "MISSING_ACTION": "Add an Action or NotAction element to the policy statement.",
    "MISSING_ARN_FIELD": "Resource ARNs must include at least {count} fields in the following structure: arn:partition:service:region:account:resource",
    "MISSING_BRACE_IN_VARIABLE": "The policy variable is missing a closing curly brace. Add }} after the variable text.",
    "MISSING_EFFECT": "Add an Effect element to the policy statement with a value of Allow or Deny.",
    "MISSING_PRINCIPAL": "Add a Principal element to the policy statement.",
    "MISSING_QUALIFIER": "The request context key {key} has multiple values. Use the ForAllValues or ForAnyValue condition key qualifiers in your policy.",
    "MISSING_QUOTE_IN_VARIABLE": "The policy variable default value must begin and end with a single quote. Add the missing quote.",
    "MISSING_RESOURCE": "Add a Resource or NotResource element to the policy statement.",
    "MISSING_STATEMENT": "Add a statement to the policy",
    "NULL_WITH_IF_EXISTS": "The Null condition operator cannot be used with the IfExists suffix. Update the operator or the suffix.",
    "POLICY_SIZE_EXCEEDS_SCP_QUOTA": "The {size} characters in the service control policy (SCP) exceed the {limit} character maximum for SCPs. We recommend that you use multiple granular policies.",
    "PRIVATE_IP_ADDRESS": "aws:SourceIp works only for public IP address ranges. The values for condition key aws:SourceIp include only private IP addresses and will not have the desired effect. Update the value to include only public IP addresses.",
    "PRIVATE_NOT_IP_ADDRESS": "The values for condition key aws:SourceIp include only private IP addresses and has no effect. aws:SourceIp works only for public IP address ranges. Update the value to include only public IP addresses.",
    "SCP_SYNTAX_ERROR_ACTION_WILDCARD": "SCP actions can include wildcards (*) only at the end of a string. Update {action}.",
    "SCP_SYNTAX_ERROR_PRINCIPAL": "SCPs do not support specifying principals. Remove the Principal or NotPrincipal element.",
    "UNIQUE_SIDS_REQUIRED": "Duplicate statement IDs are not supported for this policy type. Update the Sid value.",
    "UNSUPPORTED_ELEMENT_COMBINATION": "The policy elements {first} and {second} can not be used in the same statement. Remove one of these elements.",
    "UNSUPPORTED_GLOBAL_CONDITION_KEY": "The condition key aws:ARN is not supported. Use aws:PrincipalArn or aws:SourceArn instead.",
    "UNSUPPORTED_PRINCIPAL": "The policy type {type} does not support the Principal element. Remove the Principal element.",
    "UNSUPPORTED_SID": "Update the characters in the Sid element to use one of the following character types: [a-z, A-Z, 0-9]",
    "UNSUPPORTED_SPACE_IN_VARIABLE": "A space is not supported within the policy variable text. Remove the space.",
    "UNSUPPORTED_WILDCARD_IN_PRINCIPAL": "Wildcards (*, ?) are not supported with the principal key {key}. Replace the wildcard with a valid principal value.",
    "VARIABLE_UNSUPPORTED_IN_ELEMENT": "Policy variables are supported in the Resource and Condition elements. Remove the policy variable {variable} from this element.",
    "VARIABLE_UNSUPPORTED_IN_VERSION": "To include variables in your policy, use the policy version 2012-10-17 or later.",
}
WARNINGS = {
    "CREATE_SLR_WITH_NOT_ACTION_AND_NOT_RESOURCE": f"Using NotAction with NotResource {_UNINTENDED} because it allows iam:CreateServiceLinkedRole permissions on multiple resources. We recommend that you specify resource ARNs instead.",
    "CREATE_SLR_WITH_NOT_RESOURCE": f"Using the iam:CreateServiceLinkedRole action with NotResource {_UNINTENDED} for multiple resources. We recommend that you specify resource ARNs instead.",
    "CREATE_SLR_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE": f"Using an action with a wildcard(*) and NotResource {_UNINTENDED} {_MULTIPLE}",
    "CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE": f"Using wildcards (*) in the action and the resource {_UNINTENDED} {_SLR_ALL}",
    "CREATE_SLR_WITH_STAR_IN_RESOURCE": f"Using the iam:CreateServiceLinkedRole action with wildcards (*) in the resource {_UNINTENDED}. We recommend that you specify resource ARNs instead.",
    "CREATE_SLR_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION": f"Using a resource with wildcards (*) and NotAction {_UNINTENDED} {_SLR_ALL}",
    "INVALID_DATE_VALUE": "The date {date} might not resolve as expected. We recommend that you use the YYYY-MM-DD format.",
    "INVALID_ROLE_REFERENCE": _ACCOUNT_ID,
    "INVALID_USER_REFERENCE": _ACCOUNT_ID,
    "MISSING_VERSION": "We recommend that you specify the Version element to help you with debugging permission issues.",
    "POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA": "The {size} characters in the identity policy, excluding whitespace, exceed the {limit} character maximum for inline and managed policies. We recommend that you use multiple granular policies.",
    "TYPE_MISMATCH_BOOLEAN": "Add a valid Boolean value (true or false) for the condition operator {operator}.",
    "TYPE_MISMATCH_DATE": "The date condition operator is used with an invalid value. Specify a valid date using YYYY-MM-DD or other ISO 8601 date/time format.",
    "TYPE_MISMATCH_IP_RANGE": "The condition operator {operator} is used with an invalid IP range value. Specify the IP range in standard CIDR format.",
    "TYPE_MISMATCH_NUMBER": "Add a valid numeric value for the condition operator {operator}.",
    "TYPE_MISMATCH_STRING": "Add a valid base64-encoded string value for the condition operator {operator}.",
    "UNIQUE_SIDS_RECOMMENDED": "We recommend that you use statement IDs that are unique to your policy. Update the Sid value.",
    "WILDCARD_WITHOUT_LIKE_OPERATOR": "Your condition value includes a * or ? character. If you meant to use a wildcard (*, ?), update the condition operator to include Like.",
}
SECURITY_WARNINGS = {
    "ALLOW_WITH_NOT_PRINCIPAL": "Using Allow with NotPrincipal can be overly permissive. We recommend that you use Principal instead.",
    "FORALLVALUES_WITH_SINGLE_VALUED_KEY": "Using ForAllValues qualifier with the single-valued condition key {key} can be overly permissive. We recommend that you remove ForAllValues:.",
    "PASS_ROLE_WITH_NOT_ACTION_AND_NOT_RESOURCE": "Using NotAction with NotResource can be overly permissive because it can allow {action} permissions on multiple resources.. We recommend that you specify resource ARNs instead.",
    "PASS_ROLE_WITH_NOT_RESOURCE": f"Using the {{action}} action with NotResource can be overly permissive {_MULTIPLE}",
    "PASS_ROLE_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE": f"Using an action with a wildcard (*) and NotResource can be overly permissive {_MULTIPLE}",
    "PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE": f"Using wildcards (*) in the action and the resource can be overly permissive because it allows {{action}} permissions on all resources. {_PASSED}",
    "PASS_ROLE_WITH_STAR_IN_RESOURCE": f"Using the {{action}} action with wildcards (*) in the resource can be overly permissive because it allows {{action}} permissions on multiple resources. {_PASSED}",
    "PASS_ROLE_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION": f"Using a resource with wildcards (*) and NotAction can be overly permissive because it allows {{action}} permissions on all resources. {_PASSED}",
}
SUGGESTIONS = {
    "EMPTY_ARRAY_ACTION": "This statement includes no actions and does not affect the policy. Specify actions.",
    "EMPTY_ARRAY_CONDITION": "There are no values for the condition key {key} and it does not affect the policy. Specify conditions.",
    "EMPTY_ARRAY_CONDITION_FORALLVALUES": f"The ForAllValues prefix with an empty condition key matches only if the key {{key}} is missing from the request context. {_NULL_INSTEAD}",
    "EMPTY_ARRAY_CONDITION_FORANYVALUE": "The ForAnyValue prefix with an empty condition key {key} never matches the request context and it does not affect the policy. Specify conditions.",
    "EMPTY_ARRAY_CONDITION_IFEXISTS": f"The IfExists suffix with an empty condition key matches only if the key {{key}} is missing from the request context. {_NULL_INSTEAD}",
    "EMPTY_ARRAY_PRINCIPAL": _NO_PRINCIPALS,
    "EMPTY_ARRAY_RESOURCE": "This statement includes no resources and does not affect the policy. Specify resources.",
    "EMPTY_OBJECT_CONDITION": "This condition block is empty and it does not affect the policy. Specify conditions.",
    "EMPTY_OBJECT_PRINCIPAL": _NO_PRINCIPALS,
    "EMPTY_SID_VALUE": "Add a value to the empty string in the Sid element.",
    "IMPROVE_IP_RANGE": "The non-zero bits in the IP address after the masked bits are ignored. Replace address with {address}.",
    "NULL_WITH_QUALIFIER": "Avoid using the Null condition operator with the ForAllValues or ForAnyValue qualifiers because they always return a true or false respectively.",
    "PRIVATE_IP_ADDRESS_SUBSET": f"{_PRIVATE} The private addresses will not have the desired effect. {_VPC}",
    "PRIVATE_NOT_IP_ADDRESS_SUBSET": f"{_PRIVATE} The private addresses have no effect. {_VPC}",
    "REDUNDANT_ACTION": "The {count} action(s) are redundant because they provide similar permissions. Update the policy to remove the redundant action such as: {example}.",
    "REDUNDANT_RESOURCE": "The {count} resource ARN(s) are redundant because they reference the same resource. Review the use of wildcards (*)",
    "REDUNDANT_STATEMENT": "The statements are redundant because they provide identical permissions. Update the policy to remove the redundant statement.",
    "WILDCARD_IN_SERVICE_NAME": "Avoid using wildcards (*, ?) in the service name because it might grant unintended access to other AWS services with similar names.",
}
CATALOG = {
    **{code: ("ERROR", text) for code, text in ERRORS.items()},
    **{code: ("WARNING", text) for code, text in WARNINGS.items()},
    **{code: ("SECURITY_WARNING", text) for code, text in SECURITY_WARNINGS.items()},
    **{code: ("SUGGESTION", text) for code, text in SUGGESTIONS.items()},
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a finding is: the path, and the part of the text."""

    path: tuple[dict[str, Any], ...]
    start: int
    end: int

    @classmethod
    def of(cls, found: Node | Member) -> Place:
        return cls(found.path, found.start, found.end)


class Finding:
    """One finding of a check. `words` fill the sentence in."""

    def __init__(self, code: str, *where: Node | Member | Place, **words: object) -> None:
        self.code = code
        self.places = [one if isinstance(one, Place) else Place.of(one) for one in where]
        self.kind, sentence = CATALOG[code]
        self.details = sentence.format(**words)

    def shown(self, lines: Lines) -> dict[str, Any]:
        """Return the finding as the answer shows it."""
        anchor = f"access-analyzer-reference-policy-checks-{_ANCHORS[self.kind]}-{self.code.lower().replace('_', '-')}"
        return {
            "findingDetails": self.details,
            "findingType": self.kind,
            "issueCode": self.code,
            "learnMoreLink": f"{_PAGE}#{anchor}",
            "locations": [
                {
                    "path": list(place.path),
                    "span": {"start": lines.position(place.start), "end": lines.position(place.end)},
                }
                for place in self.places
            ],
        }
