-- There is one fingerprint for the whole platform now. The next start checks this one, and then keeps it as its own.
insert into sealing_key (id, fingerprint) select 0, fingerprint from kms_sealing_key;
drop table kms_sealing_key;
