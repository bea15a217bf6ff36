do $$
declare
  jobs record;
begin
  for jobs in
    select c.oid::regclass::text as name from pg_class c
    where c.relnamespace = 'graphile_worker'::regnamespace and c.relrowsecurity
  loop
    execute format('drop policy if exists tollgate_worker on %s', jobs.name);
  end loop;
end $$;

revoke all on all tables in schema graphile_worker from tollgate_worker;
revoke all on all sequences in schema graphile_worker from tollgate_worker;
revoke usage on schema graphile_worker from tollgate_worker;
drop function enqueue_job(text, json, text, timestamptz, integer);
