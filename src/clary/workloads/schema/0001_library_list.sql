-- The lists of libraries that programs found (library_lists.py). Most runs have the same one, so it is kept once, and the
-- records of jobs name it by its digest.
create table if not exists workload_library_list (
    digest text primary key,             -- SHA-256 of `libraries`
    libraries text not null              -- `name==version …`
);
