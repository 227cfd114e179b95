-- The versions of secrets. What a secret is besides, with the staging labels of its versions, is in its record.
create table if not exists secretsmanager_version (
    secret text not null,                -- the secret's ARN
    id text not null,                    -- the ClientRequestToken of the call that made it
    created real not null,               -- seconds since the epoch, as all times here
    accessed real,                       -- the day on which it was read last
    kind text not null,                  -- String or Binary
    kms_key text not null,               -- as it was asked for; '' for aws/secretsmanager
    data_key text not null,              -- encrypted by KMS, in Base64
    sealed text not null,                -- the value, encrypted under the data key, in Base64
    primary key (secret, id)
);
