-- What the migrations come to, for reading: made from a migrated database, never run, and held equal by a test.
-- Write it anew after a change: UPDATE_SCHEMA=1 npx vitest run server/test/migrations.test.ts

create sequence sync_sequence;
grant usage on sequence sync_sequence to tollgate_api;
grant usage on sequence sync_sequence to tollgate_worker;

CREATE OR REPLACE FUNCTION tollgate.audit_change()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'tollgate', 'pg_temp'
AS $function$
declare
  noise text[] := array['remote', 'synced_sequence'];
  was jsonb := case when tg_op = 'UPDATE' then to_jsonb(old) - noise end;
  is_now jsonb := to_jsonb(new) - noise;
begin
  if was is not distinct from is_now then
    return null;
  end if;
  insert into audit_entries (account_id, actor, action, object, before, after)
  values (
    new.account_id,
    coalesce(nullif(current_setting('app.actor', true), ''), session_user),
    tg_table_name || '.' || lower(tg_op),
    is_now ->> tg_argv[0],
    (select jsonb_object_agg(key, value) from jsonb_each(was) where is_now -> key is distinct from value),
    (select jsonb_object_agg(key, value) from jsonb_each(is_now) where was is null or was -> key is distinct from value));
  return null;
end $function$;
grant execute on function audit_change() to public;

CREATE OR REPLACE FUNCTION tollgate.business_now()
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE PARALLEL SAFE
 SET search_path TO 'tollgate', 'pg_temp'
AS $function$ select statement_timestamp() + shift from business_clock $function$;
grant execute on function business_now() to public;

CREATE OR REPLACE FUNCTION tollgate.enqueue_job(task text, payload json, job_key text, run_at timestamp with time zone, max_attempts integer)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'tollgate', 'pg_temp'
AS $function$
begin
  if task not in ('inbox', 'fact', 'work') then
    raise exception 'no such task: %', task;
  end if;
  perform graphile_worker.add_job(
    identifier => task, payload => payload, run_at => run_at, max_attempts => max_attempts,
    job_key => job_key, job_key_mode => case task when 'work' then 'preserve_run_at' else 'replace' end);
end $function$;
grant execute on function enqueue_job(text,json,text,timestamp with time zone,integer) to tollgate_api;
grant execute on function enqueue_job(text,json,text,timestamp with time zone,integer) to tollgate_worker;

CREATE OR REPLACE FUNCTION tollgate.ensure_usage_partitions()
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'tollgate', 'pg_temp'
AS $function$
declare
  month date;
  partition text;
begin
  perform pg_advisory_xact_lock(hashtext('tollgate usage partitions'));
  for step in -1..3 loop
    month := date_trunc('month', business_now() at time zone 'UTC')::date + make_interval(months => step);
    partition := 'usage_events_' || to_char(month, 'YYYY_MM');
    if to_regclass('tollgate.' || partition) is null and not exists (
      select from usage_events_elsewhen
      where at >= month::timestamp at time zone 'UTC'
        and at < (month + interval '1 month')::timestamp at time zone 'UTC'
    ) then
      execute format(
        'create table %I partition of usage_events for values from (%L) to (%L)', partition,
        month::timestamp at time zone 'UTC', (month + interval '1 month')::timestamp at time zone 'UTC');
      execute format('alter table %I enable row level security', partition);
    end if;
  end loop;
end $function$;
grant execute on function ensure_usage_partitions() to tollgate_worker;

create table accounts (
  account_id text not null,
  external_id text not null,
  name text not null,
  email text not null,
  phone text,
  currency text not null,
  metadata jsonb not null default '{}'::jsonb,
  created_at timestamp with time zone not null default business_now(),
  constraint accounts_currency_check CHECK ((currency ~ '^[a-z]{3}$'::text)),
  constraint accounts_external_id_key UNIQUE (external_id),
  constraint accounts_pkey PRIMARY KEY (account_id)
);
alter table accounts enable row level security;
alter table accounts force row level security;
create policy own_account on accounts as permissive for all to tollgate_api, tollgate_ingest
  using (account_id = NULLIF(current_setting('app.account'::text, true), ''::text))
  with check (account_id = NULLIF(current_setting('app.account'::text, true), ''::text));
create policy own_account_or_all on accounts as permissive for all to tollgate_worker
  using (COALESCE(NULLIF(current_setting('app.account'::text, true), ''::text), account_id) = account_id)
  with check (COALESCE(NULLIF(current_setting('app.account'::text, true), ''::text), account_id) = account_id);
grant insert, select, update on table accounts to tollgate_api;
grant select on table accounts to tollgate_ingest;
grant insert, select, update on table accounts to tollgate_worker;

create table api_keys (
  key_id text not null,
  name text not null,
  prefix text not null,
  hash text not null,
  scopes text[] not null,
  created_at timestamp with time zone not null default now(),
  revoked_at timestamp with time zone,
  constraint api_keys_hash_key UNIQUE (hash),
  constraint api_keys_pkey PRIMARY KEY (key_id)
);
grant delete, insert, select, update on table api_keys to tollgate_worker;

create table audit_entries (
  account_id text not null,
  audit_id bigint not null generated always as identity,
  at timestamp with time zone not null default business_now(),
  actor text not null,
  action text not null,
  object text not null,
  before jsonb,
  after jsonb,
  reason text,
  constraint audit_entries_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id),
  constraint audit_entries_pkey PRIMARY KEY (account_id, audit_id)
);
alter table audit_entries enable row level security;
alter table audit_entries force row level security;
create policy own_account on audit_entries as permissive for all to tollgate_api, tollgate_ingest
  using (account_id = NULLIF(current_setting('app.account'::text, true), ''::text))
  with check (account_id = NULLIF(current_setting('app.account'::text, true), ''::text));
create policy own_account_or_all on audit_entries as permissive for all to tollgate_worker
  using (COALESCE(NULLIF(current_setting('app.account'::text, true), ''::text), account_id) = account_id)
  with check (COALESCE(NULLIF(current_setting('app.account'::text, true), ''::text), account_id) = account_id);
grant insert, select on table audit_entries to tollgate_api;
grant insert, select on table audit_entries to tollgate_worker;

create table billing_events (
  account_id text not null,
  billing_event_id text not null,
  natural_key text not null,
  type text not null,
  description text not null,
  at timestamp with time zone not null,
  amount_cents bigint,
  currency text,
  object text,
  constraint billing_events_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id),
  constraint billing_events_account_id_natural_key_key UNIQUE (account_id, natural_key),
  constraint billing_events_pkey PRIMARY KEY (account_id, billing_event_id)
);
create index billing_events_newest ON billing_events USING btree (account_id, at DESC, billing_event_id DESC);
alter table billing_events enable row level security;
alter table billing_events force row level security;
create policy own_account on billing_events as permissive for all to tollgate_api, tollgate_ingest
  using (account_id = NULLIF(current_setting('app.account'::text, true), ''::text))
  with check (account_id = NULLIF(current_setting('app.account'::text, true), ''::text));
create policy own_account_or_all on billing_events as permissive for all to tollgate_worker
  using (COALESCE(NULLIF(current_setting('app.account'::text, true), ''::text), account_id) = account_id)
  with check (COALESCE(NULLIF(current_setting('app.account'::text, true), ''::text), account_id) = account_id);
grant insert, select, update on table billing_events to tollgate_api;
grant insert, select, update on table billing_events to tollgate_worker;

create table business_clock (
  only_row boolean not null default true,
  shift interval not null default '00:00:00'::interval,
  constraint business_clock_only_row_check CHECK (only_row),
  constraint business_clock_pkey PRIMARY KEY (only_row)
);
grant select on table business_clock to tollgate_api;
grant select on table business_clock to tollgate_ingest;
grant select, update on table business_clock to tollgate_worker;

create table catalog_prices (
  stripe_price_id text not null,
  stripe_product_id text not null,
  lookup_key text not null,
  catalog_version integer not null,
  plan text not null,
  interval text not null,
  currency text not null,
  amount_cents bigint not null,
  is_current boolean not null default true,
  constraint catalog_prices_amount_cents_check CHECK ((amount_cents >= 0)),
  constraint catalog_prices_catalog_version_fkey FOREIGN KEY (catalog_version) REFERENCES catalog_versions(version),
  constraint catalog_prices_interval_check CHECK (("interval" = ANY (ARRAY['month'::text, 'year'::text]))),
  constraint catalog_prices_pkey PRIMARY KEY (stripe_price_id)
);
create uniquE INDEX catalog_prices_one_current ON catalog_prices USING btree (lookup_key) WHERE is_current;
grant select on table catalog_prices to tollgate_api;
grant select on table catalog_prices to tollgate_ingest;
grant insert, select, update on table catalog_prices to tollgate_worker;

create table catalog_versions (
  version integer not null generated always as identity,
  document json not null,
  hash text not null,
  is_current boolean not null default false,
  applied_at timestamp with time zone not null default now(),
  constraint catalog_versions_hash_key UNIQUE (hash),
  constraint catalog_versions_pkey PRIMARY KEY (version)
);
create uniquE INDEX catalog_versions_one_current ON catalog_versions USING btree (is_current) WHERE is_current;
grant select on table catalog_versions to tollgate_api;
grant select on table catalog_versions to tollgate_ingest;
grant insert, select, update on table catalog_versions to tollgate_worker;

create table checkouts (
  account_id text not null,
  checkout_id text not null,
  stripe_session_id text,
  plan text not null,
  interval text not null,
  currency text not null,
  user_id text,
  number_preference jsonb not null default '{}'::jsonb,
  status text not null default 'creating'::text,
  url text,
  expires_at timestamp with time zone,
  created_at timestamp with time zone not null default business_now(),
  constraint checkouts_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id),
  constraint checkouts_pkey PRIMARY KEY (account_id, checkout_id),
  constraint checkouts_status_check CHECK ((status = ANY (ARRAY['creating'::text, 'open'::text, 'completed'::text, 'expired'::text]))),
  constraint checkouts_stripe_session_id_key UNIQUE (stripe_session_id)
);
alter table checkouts enable row level security;
alter table checkouts force row level security;
create policy own_account on checkouts as permissive for all to tollgate_api, tollgate_ingest
  using (account_id = NULLIF(current_setting('app.account'::text, true), ''::text))
  with check (account_id = NULLIF(current_setting('app.account'::text, true), ''::text));
create policy own_account_or_all on checkouts as permissive for all to tollgate_worker
  using (COALESCE(NULLIF(current_setting('app.account'::text, true), ''::text), account_id) = account_id)
  with check (COALESCE(NULLIF(current_setting('app.account'::text, true), ''::text), account_id) = account_id);
grant delete, insert, select, update on table checkouts to tollgate_api;
grant delete, insert, select, update on table checkouts to tollgate_worker;

create table customers (
  account_id text not null,
  customer_id text not null,
  stripe_customer_id text,
  is_live boolean not null default true,
  has_payment_method boolean not null default false,
  synced_sequence bigint not null default 0,
  created_at timestamp with time zone not null default business_now(),
  constraint customers_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id),
  constraint customers_pkey PRIMARY KEY (account_id, customer_id),
  constraint customers_stripe_customer_id_key UNIQUE (stripe_customer_id)
);
create uniquE INDEX customers_one_live ON customers USING btree (account_id) WHERE is_live;
alter table customers enable row level security;
alter table customers force row level security;
create policy own_account on customers as permissive for all to tollgate_api, tollgate_ingest
  using (account_id = NULLIF(current_setting('app.account'::text, true), ''::text))
  with check (account_id = NULLIF(current_setting('app.account'::text, true), ''::text));
create policy own_account_or_all on customers as permissive for all to tollgate_worker
  using (COALESCE(NULLIF(current_setting('app.account'::text, true), ''::text), account_id) = account_id)
  with check (COALESCE(NULLIF(current_setting('app.account'::text, true), ''::text), account_id) = account_id);
grant insert, select, update on table customers to tollgate_api;
grant insert, select, update on table customers to tollgate_worker;

create table idempotency_keys (
  caller text not null,
  key text not null,
  request_hash text not null,
  status integer,
  answer text,
  locked_until timestamp with time zone not null,
  created_at timestamp with time zone not null default now(),
  constraint idempotency_keys_pkey PRIMARY KEY (caller, key)
);
grant delete, insert, select, update on table idempotency_keys to tollgate_worker;

create table inbox (
  inbox_id bigint not null generated always as identity,
  source text not null,
  external_id text not null,
  type text not null,
  object_key text not null,
  body text not null,
  status text not null default 'received'::text,
  account_id text,
  attempt_count integer not null default 0,
  last_error text,
  occurred_at timestamp with time zone not null,
  received_at timestamp with time zone not null default now(),
  handled_at timestamp with time zone,
  constraint inbox_pkey PRIMARY KEY (inbox_id),
  constraint inbox_source_check CHECK ((source = ANY (ARRAY['stripe'::text, 'twilio'::text, 'vapi'::text]))),
  constraint inbox_source_external_id_key UNIQUE (source, external_id),
  constraint inbox_status_check CHECK ((status = ANY (ARRAY['received'::text, 'waiting'::text, 'handled'::text, 'ignored'::text, 'dead'::text])))
);
create index inbox_newest ON inbox USING btree (received_at DESC, inbox_id DESC);
create index inbox_unhandled ON inbox USING btree (object_key, inbox_id) WHERE (status = ANY (ARRAY['received'::text, 'waiting'::text]));
grant delete, insert, select, update on table inbox to tollgate_worker;

create table members (
  account_id text not null,
  user_id text not null,
  role text not null,
  email text,
  created_at timestamp with time zone not null default business_now(),
  constraint members_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id),
  constraint members_pkey PRIMARY KEY (account_id, user_id),
  constraint members_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'admin'::text, 'member'::text])))
);
alter table members enable row level security;
alter table members force row level security;
create policy own_account on members as permissive for all to tollgate_api, tollgate_ingest
  using (account_id = NULLIF(current_setting('app.account'::text, true), ''::text))
  with check (account_id = NULLIF(current_setting('app.account'::text, true), ''::text));
create policy own_account_or_all on members as permissive for all to tollgate_worker
  using (COALESCE(NULLIF(current_setting('app.account'::text, true), ''::text), account_id) = account_id)
  with check (COALESCE(NULLIF(current_setting('app.account'::text, true), ''::text), account_id) = account_id);
CREATE TRIGGER audit AFTER INSERT OR UPDATE ON members FOR EACH ROW EXECUTE FUNCTION audit_change('user_id');
grant delete, insert, select, update on table members to tollgate_api;
grant delete, insert, select, update on table members to tollgate_worker;

create table migrations (
  name text not null,
  applied_at timestamp with time zone not null default now(),
  constraint migrations_pkey PRIMARY KEY (name)
);
grant select on table migrations to tollgate_worker;

create table notifications (
  account_id text not null,
  notification_id text not null,
  cause text not null,
  kind text not null,
  channel text not null,
  recipient text not null,
  subject text,
  body_text text not null,
  body_html text,
  status text not null default 'pending'::text,
  message_id text not null,
  provider_id text,
  attempt_count integer not null default 0,
  last_error text,
  created_at timestamp with time zone not null default business_now(),
  sent_at timestamp with time zone,
  constraint notifications_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id),
  constraint notifications_account_id_kind_channel_cause_key UNIQUE (account_id, kind, channel, cause),
  constraint notifications_channel_check CHECK ((channel = ANY (ARRAY['email'::text, 'sms'::text]))),
  constraint notifications_pkey PRIMARY KEY (account_id, notification_id),
  constraint notifications_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'sending'::text, 'sent'::text, 'failed'::text])))
);
alter table notifications enable row level security;
alter table notifications force row level security;
create policy own_account on notifications as permissive for all to tollgate_api, tollgate_ingest
  using (account_id = NULLIF(current_setting('app.account'::text, true), ''::text))
  with check (account_id = NULLIF(current_setting('app.account'::text, true), ''::text));
create policy own_account_or_all on notifications as permissive for all to tollgate_worker
  using (COALESCE(NULLIF(current_setting('app.account'::text, true), ''::text), account_id) = account_id)
  with check (COALESCE(NULLIF(current_setting('app.account'::text, true), ''::text), account_id) = account_id);
grant insert, select, update on table notifications to tollgate_api;
grant insert, select, update on table notifications to tollgate_worker;

create table number_orders (
  account_id text not null,
  order_id text not null,
  kind text not null,
  subscription_id text,
  position integer not null default 0,
  preference jsonb not null default '{}'::jsonb,
  status text not null,
  attempt_count integer not null default 0,
  due_at timestamp with time zone,
  last_error text,
  created_at timestamp with time zone not null default business_now(),
  completed_at timestamp with time zone,
  constraint number_orders_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id),
  constraint number_orders_kind_check CHECK ((kind = ANY (ARRAY['included'::text, 'requested'::text]))),
  constraint number_orders_pkey PRIMARY KEY (account_id, order_id),
  constraint number_orders_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'completed'::text, 'failed'::text])))
);
create index number_orders_due ON number_orders USING btree (due_at) WHERE (status = 'pending'::text);
create uniquE INDEX number_orders_included_once ON number_orders USING btree (account_id, subscription_id, "position") WHERE (kind = 'included'::text);
alter table number_orders enable row level security;
alter table number_orders force row level security;
create policy own_account on number_orders as permissive for all to tollgate_api, tollgate_ingest
  using (account_id = NULLIF(current_setting('app.account'::text, true), ''::text))
  with check (account_id = NULLIF(current_setting('app.account'::text, true), ''::text));
create policy own_account_or_all on number_orders as permissive for all to tollgate_worker
  using (COALESCE(NULLIF(current_setting('app.account'::text, true), ''::text), account_id) = account_id)
  with check (COALESCE(NULLIF(current_setting('app.account'::text, true), ''::text), account_id) = account_id);
grant insert, select, update on table number_orders to tollgate_api;
grant insert, select, update on table number_orders to tollgate_worker;

create table numbers (
  account_id text not null,
  number_id text not null,
  order_id text not null,
  e164 text not null,
  country text not null,
  type text not null,
  status text not null,
  twilio_account_sid text,
  twilio_sid text,
  capabilities jsonb not null default '{}'::jsonb,
  locality text,
  region text,
  label text,
  claimed_at timestamp with time zone not null default business_now(),
  owned_at timestamp with time zone,
  released_at timestamp with time zone,
  constraint numbers_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id),
  constraint numbers_account_id_order_id_fkey FOREIGN KEY (account_id, order_id) REFERENCES number_orders(account_id, order_id),
  constraint numbers_pkey PRIMARY KEY (account_id, number_id),
  constraint numbers_status_check CHECK ((status = ANY (ARRAY['claimed'::text, 'owned'::text, 'releasing'::text, 'released'::text])))
);
create uniquE INDEX numbers_one_holder ON numbers USING btree (e164) WHERE (status = ANY (ARRAY['claimed'::text, 'owned'::text, 'releasing'::text]));
create uniquE INDEX numbers_one_of_order ON numbers USING btree (account_id, order_id) WHERE (status = ANY (ARRAY['claimed'::text, 'owned'::text]));
alter table numbers enable row level security;
alter table numbers force row level security;
create policy own_account on numbers as permissive for all to tollgate_api, tollgate_ingest
  using (account_id = NULLIF(current_setting('app.account'::text, true), ''::text))
  with check (account_id = NULLIF(current_setting('app.account'::text, true), ''::text));
create policy own_account_or_all on numbers as permissive for all to tollgate_worker
  using (COALESCE(NULLIF(current_setting('app.account'::text, true), ''::text), account_id) = account_id)
  with check (COALESCE(NULLIF(current_setting('app.account'::text, true), ''::text), account_id) = account_id);
CREATE TRIGGER audit AFTER INSERT OR UPDATE ON numbers FOR EACH ROW EXECUTE FUNCTION audit_change('number_id');
grant insert, select, update on table numbers to tollgate_api;
grant insert, select, update on table numbers to tollgate_worker;

create table outbox_endpoints (
  endpoint_id text not null,
  url text not null,
  secret text not null,
  event_types text[] not null,
  is_enabled boolean not null default true,
  created_at timestamp with time zone not null default now(),
  constraint outbox_endpoints_pkey PRIMARY KEY (endpoint_id)
);
grant delete, insert, select, update on table outbox_endpoints to tollgate_worker;

create table outbox_messages (
  account_id text not null,
  message_id text not null,
  endpoint_id text not null,
  type text not null,
  body text not null,
  status text not null default 'pending'::text,
  attempt_count integer not null default 0,
  last_error text,
  created_at timestamp with time zone not null default now(),
  sent_at timestamp with time zone,
  constraint outbox_messages_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id),
  constraint outbox_messages_endpoint_id_fkey FOREIGN KEY (endpoint_id) REFERENCES outbox_endpoints(endpoint_id),
  constraint outbox_messages_pkey PRIMARY KEY (account_id, message_id),
  constraint outbox_messages_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'sent'::text, 'failed'::text])))
);
alter table outbox_messages enable row level security;
alter table outbox_messages force row level security;
create policy own_account on outbox_messages as permissive for all to tollgate_api, tollgate_ingest
  using (account_id = NULLIF(current_setting('app.account'::text, true), ''::text))
  with check (account_id = NULLIF(current_setting('app.account'::text, true), ''::text));
create policy own_account_or_all on outbox_messages as permissive for all to tollgate_worker
  using (COALESCE(NULLIF(current_setting('app.account'::text, true), ''::text), account_id) = account_id)
  with check (COALESCE(NULLIF(current_setting('app.account'::text, true), ''::text), account_id) = account_id);
grant delete, insert, select, update on table outbox_messages to tollgate_api;
grant delete, insert, select, update on table outbox_messages to tollgate_worker;

create table page_sessions (
  session_id text not null,
  account_id text,
  user_id text,
  role text not null,
  path text not null,
  link_hash text not null,
  link_expires_at timestamp with time zone not null,
  opened_at timestamp with time zone,
  cookie_hash text,
  expires_at timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  constraint page_sessions_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id),
  constraint page_sessions_cookie_hash_key UNIQUE (cookie_hash),
  constraint page_sessions_link_hash_key UNIQUE (link_hash),
  constraint page_sessions_pkey PRIMARY KEY (session_id),
  constraint page_sessions_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'admin'::text, 'member'::text, 'operator'::text])))
);
grant delete, insert, select, update on table page_sessions to tollgate_worker;

create table payments (
  account_id text not null,
  payment_id text not null,
  stripe_invoice_id text not null,
  stripe_subscription_id text,
  number text,
  reason text not null,
  status text not null,
  amount_cents bigint not null,
  paid_cents bigint not null,
  refunded_cents bigint not null default 0,
  currency text not null,
  period_start timestamp with time zone not null,
  period_end timestamp with time zone not null,
  invoiced_at timestamp with time zone not null,
  due_at timestamp with time zone,
  paid_at timestamp with time zone,
  finalizes_at timestamp with time zone,
  seal_due_at timestamp with time zone,
  attempt_count integer not null default 0,
  stripe_payment_intent_id text,
  stripe_charge_id text,
  hosted_invoice_url text,
  invoice_pdf_url text,
  lines jsonb not null,
  remote jsonb not null,
  synced_sequence bigint not null,
  constraint payments_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id),
  constraint payments_pkey PRIMARY KEY (account_id, payment_id),
  constraint payments_status_check CHECK ((status = ANY (ARRAY['draft'::text, 'open'::text, 'paid'::text, 'uncollectible'::text, 'void'::text]))),
  constraint payments_stripe_invoice_id_key UNIQUE (stripe_invoice_id)
);
create index payments_newest ON payments USING btree (account_id, invoiced_at DESC, payment_id DESC);
create index payments_seal_due ON payments USING btree (seal_due_at) WHERE (seal_due_at IS NOT NULL);
alter table payments enable row level security;
alter table payments force row level security;
create policy own_account on payments as permissive for all to tollgate_api, tollgate_ingest
  using (account_id = NULLIF(current_setting('app.account'::text, true), ''::text))
  with check (account_id = NULLIF(current_setting('app.account'::text, true), ''::text));
create policy own_account_or_all on payments as permissive for all to tollgate_worker
  using (COALESCE(NULLIF(current_setting('app.account'::text, true), ''::text), account_id) = account_id)
  with check (COALESCE(NULLIF(current_setting('app.account'::text, true), ''::text), account_id) = account_id);
grant insert, select, update on table payments to tollgate_api;
grant insert, select, update on table payments to tollgate_worker;

create table periods (
  account_id text not null,
  period_id text not null,
  subscription_id text,
  plan text not null,
  catalog_version integer not null,
  starts_at timestamp with time zone not null,
  ends_at timestamp with time zone not null,
  anchor timestamp with time zone not null,
  interval text not null,
  is_rolling boolean not null,
  status text not null,
  constraint periods_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id),
  constraint periods_account_id_starts_at_key UNIQUE (account_id, starts_at),
  constraint periods_catalog_version_fkey FOREIGN KEY (catalog_version) REFERENCES catalog_versions(version),
  constraint periods_check CHECK ((ends_at > starts_at)),
  constraint periods_interval_check CHECK (("interval" = ANY (ARRAY['month'::text, 'year'::text]))),
  constraint periods_pkey PRIMARY KEY (account_id, period_id),
  constraint periods_status_check CHECK ((status = ANY (ARRAY['provisional'::text, 'confirmed'::text, 'frozen'::text])))
);
alter table periods enable row level security;
alter table periods force row level security;
create policy closed_stays on periods as restrictive for delete to public
  using (status <> 'frozen'::text);
create policy own_account on periods as permissive for all to tollgate_api, tollgate_ingest
  using (account_id = NULLIF(current_setting('app.account'::text, true), ''::text))
  with check (account_id = NULLIF(current_setting('app.account'::text, true), ''::text));
create policy own_account_or_all on periods as permissive for all to tollgate_worker
  using (COALESCE(NULLIF(current_setting('app.account'::text, true), ''::text), account_id) = account_id)
  with check (COALESCE(NULLIF(current_setting('app.account'::text, true), ''::text), account_id) = account_id);
grant delete, insert, select, update on table periods to tollgate_api;
grant select on table periods to tollgate_ingest;
grant delete, insert, select, update on table periods to tollgate_worker;

create table seals (
  account_id text not null,
  seal_id text not null,
  period_id text not null,
  meter text not null,
  status text not null,
  recorded numeric not null,
  carried_in numeric not null default 0,
  included numeric not null,
  billed numeric not null,
  waived numeric not null default 0,
  unbilled numeric not null default 0,
  carried_out numeric not null default 0,
  unit_cents numeric not null,
  amount_cents bigint not null,
  currency text not null,
  description text not null,
  stripe_invoice_id text not null,
  refused_count integer not null default 0,
  frozen_at timestamp with time zone not null default business_now(),
  constraint seals_account_id_period_id_fkey FOREIGN KEY (account_id, period_id) REFERENCES periods(account_id, period_id),
  constraint seals_account_id_period_id_meter_key UNIQUE (account_id, period_id, meter),
  constraint seals_check CHECK (((recorded + carried_in) = ((((included + billed) + waived) + unbilled) + carried_out))),
  constraint seals_pkey PRIMARY KEY (account_id, seal_id),
  constraint seals_status_check CHECK ((status = ANY (ARRAY['frozen'::text, 'attached'::text, 'finalised'::text])))
);
alter table seals enable row level security;
alter table seals force row level security;
create policy own_account on seals as permissive for all to tollgate_api, tollgate_ingest
  using (account_id = NULLIF(current_setting('app.account'::text, true), ''::text))
  with check (account_id = NULLIF(current_setting('app.account'::text, true), ''::text));
create policy own_account_or_all on seals as permissive for all to tollgate_worker
  using (COALESCE(NULLIF(current_setting('app.account'::text, true), ''::text), account_id) = account_id)
  with check (COALESCE(NULLIF(current_setting('app.account'::text, true), ''::text), account_id) = account_id);
grant insert, select, update on table seals to tollgate_api;
grant insert, select, update on table seals to tollgate_worker;

create table subscriptions (
  account_id text not null,
  subscription_id text not null,
  stripe_subscription_id text not null,
  stripe_customer_id text not null,
  kind text not null,
  plan text,
  catalog_version integer,
  interval text,
  currency text not null,
  status text not null,
  billing_cycle_anchor timestamp with time zone not null,
  period_start timestamp with time zone not null,
  period_end timestamp with time zone not null,
  trial_start timestamp with time zone,
  trial_end timestamp with time zone,
  cancel_at timestamp with time zone,
  cancel_at_period_end boolean not null default false,
  canceled_at timestamp with time zone,
  ended_at timestamp with time zone,
  cancellation_reason text,
  cancellation_feedback text,
  has_payment_method boolean not null,
  items jsonb not null,
  number_preference jsonb not null default '{}'::jsonb,
  activated_at timestamp with time zone,
  past_due_since timestamp with time zone,
  remote jsonb not null,
  synced_sequence bigint not null,
  created_at timestamp with time zone not null,
  constraint subscriptions_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id),
  constraint subscriptions_catalog_version_fkey FOREIGN KEY (catalog_version) REFERENCES catalog_versions(version),
  constraint subscriptions_check CHECK (((kind = 'numbers'::text) OR (plan IS NOT NULL))),
  constraint subscriptions_kind_check CHECK ((kind = ANY (ARRAY['plan'::text, 'numbers'::text]))),
  constraint subscriptions_pkey PRIMARY KEY (account_id, subscription_id),
  constraint subscriptions_status_check CHECK ((status = ANY (ARRAY['incomplete'::text, 'incomplete_expired'::text, 'trialing'::text, 'active'::text, 'past_due'::text, 'unpaid'::text, 'paused'::text, 'canceled'::text]))),
  constraint subscriptions_stripe_subscription_id_key UNIQUE (stripe_subscription_id)
);
create uniquE INDEX subscriptions_one_live_plan ON subscriptions USING btree (account_id) WHERE ((kind = 'plan'::text) AND (status = ANY (ARRAY['incomplete'::text, 'trialing'::text, 'active'::text, 'past_due'::text, 'unpaid'::text, 'paused'::text])));
alter table subscriptions enable row level security;
alter table subscriptions force row level security;
create policy own_account on subscriptions as permissive for all to tollgate_api, tollgate_ingest
  using (account_id = NULLIF(current_setting('app.account'::text, true), ''::text))
  with check (account_id = NULLIF(current_setting('app.account'::text, true), ''::text));
create policy own_account_or_all on subscriptions as permissive for all to tollgate_worker
  using (COALESCE(NULLIF(current_setting('app.account'::text, true), ''::text), account_id) = account_id)
  with check (COALESCE(NULLIF(current_setting('app.account'::text, true), ''::text), account_id) = account_id);
CREATE TRIGGER audit AFTER INSERT OR UPDATE ON subscriptions FOR EACH ROW EXECUTE FUNCTION audit_change('subscription_id');
grant insert, select, update on table subscriptions to tollgate_api;
grant insert, select, update on table subscriptions to tollgate_worker;

create table usage_counters (
  account_id text not null,
  period_id text not null,
  meter text not null,
  starts_at timestamp with time zone not null,
  ends_at timestamp with time zone not null,
  is_open boolean not null default true,
  used numeric not null default 0,
  reserved numeric not null default 0,
  included numeric,
  at_limit text not null,
  overage_cents numeric,
  constraint usage_counters_account_id_period_id_fkey FOREIGN KEY (account_id, period_id) REFERENCES periods(account_id, period_id),
  constraint usage_counters_at_limit_check CHECK ((at_limit = ANY (ARRAY['block'::text, 'overage'::text, 'allow'::text]))),
  constraint usage_counters_overage_cents_check CHECK ((overage_cents >= (0)::numeric)),
  constraint usage_counters_pkey PRIMARY KEY (account_id, period_id, meter),
  constraint usage_counters_reserved_check CHECK ((reserved >= (0)::numeric))
);
create index usage_counters_open ON usage_counters USING btree (account_id, ends_at) WHERE is_open;
alter table usage_counters enable row level security;
alter table usage_counters force row level security;
create policy own_account on usage_counters as permissive for all to tollgate_api, tollgate_ingest
  using (account_id = NULLIF(current_setting('app.account'::text, true), ''::text))
  with check (account_id = NULLIF(current_setting('app.account'::text, true), ''::text));
create policy own_account_or_all on usage_counters as permissive for all to tollgate_worker
  using (COALESCE(NULLIF(current_setting('app.account'::text, true), ''::text), account_id) = account_id)
  with check (COALESCE(NULLIF(current_setting('app.account'::text, true), ''::text), account_id) = account_id);
grant delete, insert, select, update on table usage_counters to tollgate_api;
grant insert, select, update on table usage_counters to tollgate_ingest;
grant delete, insert, select, update on table usage_counters to tollgate_worker;

create table usage_events (
  account_id text not null,
  event_id text not null,
  meter text not null,
  quantity numeric not null,
  at timestamp with time zone not null,
  period_id text,
  is_late boolean not null default false,
  reason text,
  user_id text,
  entity_type text,
  entity_id text,
  cost_cents numeric,
  metadata jsonb not null default '{}'::jsonb,
  recorded_at timestamp with time zone not null default now(),
  constraint usage_events_pkey PRIMARY KEY (account_id, at, event_id)
) partition by range (at);
alter table usage_events enable row level security;
alter table usage_events force row level security;
create policy own_account on usage_events as permissive for all to tollgate_api, tollgate_ingest
  using (account_id = NULLIF(current_setting('app.account'::text, true), ''::text))
  with check (account_id = NULLIF(current_setting('app.account'::text, true), ''::text));
create policy own_account_or_all on usage_events as permissive for all to tollgate_worker
  using (COALESCE(NULLIF(current_setting('app.account'::text, true), ''::text), account_id) = account_id)
  with check (COALESCE(NULLIF(current_setting('app.account'::text, true), ''::text), account_id) = account_id);
grant delete, insert, select, update on table usage_events to tollgate_api;
grant insert, select, update on table usage_events to tollgate_ingest;
grant delete, insert, select, update on table usage_events to tollgate_worker;

create table usage_events_elsewhen partition of usage_events default;
alter table usage_events_elsewhen enable row level security;

create table usage_keys (
  account_id text not null,
  event_id text not null,
  answer jsonb,
  seen_at timestamp with time zone not null default now(),
  constraint usage_keys_pkey PRIMARY KEY (account_id, event_id)
) partition by hash (account_id);
alter table usage_keys enable row level security;
alter table usage_keys force row level security;
create policy own_account on usage_keys as permissive for all to tollgate_api, tollgate_ingest
  using (account_id = NULLIF(current_setting('app.account'::text, true), ''::text))
  with check (account_id = NULLIF(current_setting('app.account'::text, true), ''::text));
create policy own_account_or_all on usage_keys as permissive for all to tollgate_worker
  using (COALESCE(NULLIF(current_setting('app.account'::text, true), ''::text), account_id) = account_id)
  with check (COALESCE(NULLIF(current_setting('app.account'::text, true), ''::text), account_id) = account_id);
grant delete, insert, select, update on table usage_keys to tollgate_api;
grant insert, select, update on table usage_keys to tollgate_ingest;
grant delete, insert, select, update on table usage_keys to tollgate_worker;

create table usage_keys_0 partition of usage_keys for values with (modulus 8, remainder 0);
alter table usage_keys_0 enable row level security;

create table usage_keys_1 partition of usage_keys for values with (modulus 8, remainder 1);
alter table usage_keys_1 enable row level security;

create table usage_keys_2 partition of usage_keys for values with (modulus 8, remainder 2);
alter table usage_keys_2 enable row level security;

create table usage_keys_3 partition of usage_keys for values with (modulus 8, remainder 3);
alter table usage_keys_3 enable row level security;

create table usage_keys_4 partition of usage_keys for values with (modulus 8, remainder 4);
alter table usage_keys_4 enable row level security;

create table usage_keys_5 partition of usage_keys for values with (modulus 8, remainder 5);
alter table usage_keys_5 enable row level security;

create table usage_keys_6 partition of usage_keys for values with (modulus 8, remainder 6);
alter table usage_keys_6 enable row level security;

create table usage_keys_7 partition of usage_keys for values with (modulus 8, remainder 7);
alter table usage_keys_7 enable row level security;

create policy tollgate_worker on graphile_worker._private_job_queues for all to tollgate_worker using true;
create policy tollgate_worker on graphile_worker._private_jobs for all to tollgate_worker using true;
create policy tollgate_worker on graphile_worker._private_known_crontabs for all to tollgate_worker using true;
create policy tollgate_worker on graphile_worker._private_tasks for all to tollgate_worker using true;
grant delete, insert, select, update on table graphile_worker._private_job_queues to tollgate_worker;
grant delete, insert, select, update on table graphile_worker._private_jobs to tollgate_worker;
grant delete, insert, select, update on table graphile_worker._private_known_crontabs to tollgate_worker;
grant delete, insert, select, update on table graphile_worker._private_tasks to tollgate_worker;
grant delete, insert, select, update on table graphile_worker.jobs to tollgate_worker;
grant delete, insert, select, update on table graphile_worker.migrations to tollgate_worker;
