-- The metadata of SAML providers: too large for the row that lists read.
create table if not exists iam_saml_metadata (
    provider text not null primary key, -- the id of its row in iam_entity
    document text not null
);
