"""The members that each writing operation on credentials and on the account acts on. accepts.py has the others."""

from __future__ import annotations

from clary.plane import Members

_OF_THE_CONSOLE = {"PasswordResetRequired": "It binds who signs in to the console, which is not here."}

CREDENTIALS: dict[str, Members] = {
    "ChangePassword": Members("OldPassword NewPassword"),
    "CreateAccountAlias": Members("AccountAlias"),
    "CreateLoginProfile": Members("UserName Password", echoed=_OF_THE_CONSOLE),
    "CreateVirtualMFADevice": Members("Path VirtualMFADeviceName Tags"),
    "DeactivateMFADevice": Members("UserName SerialNumber"),
    "DeleteAccountAlias": Members("AccountAlias"),
    "DeleteAccountPasswordPolicy": Members(),
    "DeleteLoginProfile": Members("UserName"),
    "DeleteSSHPublicKey": Members("UserName SSHPublicKeyId"),
    "DeleteServerCertificate": Members("ServerCertificateName"),
    "DeleteSigningCertificate": Members("UserName CertificateId"),
    "DeleteVirtualMFADevice": Members("SerialNumber"),
    "EnableMFADevice": Members("UserName SerialNumber AuthenticationCode1 AuthenticationCode2"),
    "GenerateCredentialReport": Members(),
    "GenerateServiceLastAccessedDetails": Members("Arn Granularity"),
    "ResyncMFADevice": Members("UserName SerialNumber AuthenticationCode1 AuthenticationCode2"),
    "SetSecurityTokenServicePreferences": Members(
        echoed={"GlobalEndpointTokenVersion": "Tokens are valid in all regions. GetAccountSummary shows it."}
    ),
    "TagMFADevice": Members("SerialNumber Tags"),
    "TagServerCertificate": Members("ServerCertificateName Tags"),
    "UntagMFADevice": Members("SerialNumber TagKeys"),
    "UntagServerCertificate": Members("ServerCertificateName TagKeys"),
    "UpdateAccountPasswordPolicy": Members(
        "MinimumPasswordLength RequireSymbols RequireNumbers RequireUppercaseCharacters RequireLowercaseCharacters "
        "AllowUsersToChangePassword MaxPasswordAge PasswordReusePrevention",
        echoed={"HardExpiry": "It binds who signs in to the console, which is not here."},
    ),
    "UpdateLoginProfile": Members("UserName Password", echoed=_OF_THE_CONSOLE),
    "UpdateSSHPublicKey": Members("UserName SSHPublicKeyId Status"),
    "UpdateServerCertificate": Members("ServerCertificateName NewPath NewServerCertificateName"),
    "UpdateSigningCertificate": Members("UserName CertificateId Status"),
    "UploadSSHPublicKey": Members("UserName SSHPublicKeyBody"),
    "UploadServerCertificate": Members(
        "Path ServerCertificateName CertificateBody PrivateKey CertificateChain Tags"
    ),
    "UploadSigningCertificate": Members("UserName CertificateBody"),
}
