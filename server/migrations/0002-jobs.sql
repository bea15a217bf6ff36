-- Jobs are graphile-worker's own tables (their migrations run before ours). A plain role cannot call its add_job,
-- because those tables have row-level security: this is the only way in, for the tasks named here. Work that failed
-- and waits for its next try keeps waiting when a sweep asks for it again; a new webhook is looked at at once.
create function enqueue_job(task text, payload json, job_key text, run_at timestamptz, max_attempts integer)
  returns void
  language plpgsql security definer
  set search_path = tollgate, pg_temp
  as $$
begin
  if task not in ('inbox', 'fact', 'work') then
    raise exception 'no such task: %', task;
  end if;
  perform graphile_worker.add_job(
    identifier => task, payload => payload, run_at => run_at, max_attempts => max_attempts,
    job_key => job_key, job_key_mode => case task when 'work' then 'preserve_run_at' else 'replace' end);
end $$;

revoke execute on function enqueue_job(text, json, text, timestamptz, integer) from public;
grant execute on function enqueue_job(text, json, text, timestamptz, integer) to tollgate_api, tollgate_worker;

grant usage on schema graphile_worker to tollgate_worker;
grant select, insert, update, delete on all tables in schema graphile_worker to tollgate_worker;
grant usage on all sequences in schema graphile_worker to tollgate_worker;

do $$
declare
  jobs record;
begin
  for jobs in
    select c.oid::regclass::text as name from pg_class c
    where c.relnamespace = 'graphile_worker'::regnamespace and c.relrowsecurity
  loop
    execute format('create policy tollgate_worker on %s to tollgate_worker using (true) with check (true)', jobs.name);
  end loop;
end $$;
