-- The first schema. Every table of one account has account_id first in its primary key and a row-level policy;
-- a test reads both from the database's own catalog tables, so a new table cannot forget them.

do $$
declare
  wanted text;
begin
  foreach wanted in array array['tollgate_api', 'tollgate_ingest', 'tollgate_worker'] loop
    if not exists (select from pg_roles where rolname = wanted) then
      execute format('create role %I nologin', wanted);
    end if;
  end loop;
end $$;

grant usage on schema tollgate to tollgate_api, tollgate_ingest, tollgate_worker;

-- Business time ------------------------------------------------------------------------------------------------

-- The one row is zero in production; with the sandbox it is how far the sandbox's clock stands from the wall's.
create table business_clock (
  only_row boolean primary key default true check (only_row),
  shift interval not null default interval '0'
);
insert into business_clock default values;

create function business_now() returns timestamptz
  language sql stable parallel safe
  set search_path = tollgate, pg_temp
  as $$ select statement_timestamp() + shift from business_clock $$;

-- Accounts -----------------------------------------------------------------------------------------------------

create table accounts (
  account_id text primary key,
  external_id text not null unique,
  name text not null,
  email text not null,
  phone text,
  currency text not null check (currency ~ '^[a-z]{3}$'),
  metadata jsonb not null default '{}',
  created_at timestamptz not null default business_now()
);

create table members (
  account_id text not null references accounts,
  user_id text not null,
  role text not null check (role in ('owner', 'admin', 'member')),
  email text,
  created_at timestamptz not null default business_now(),
  primary key (account_id, user_id)
);

-- The row comes before the customer at Stripe: its id is the idempotency key and stands in the metadata.
create table customers (
  account_id text not null references accounts,
  customer_id text not null,
  stripe_customer_id text unique,
  is_live boolean not null default true,
  has_payment_method boolean not null default false,
  synced_sequence bigint not null default 0,
  created_at timestamptz not null default business_now(),
  primary key (account_id, customer_id)
);
create unique index customers_one_live on customers (account_id) where is_live;

-- Catalog (of the installation, not of an account) --------------------------------------------------------------

create table catalog_versions (
  version integer generated always as identity primary key,
  -- json, not jsonb: the order in which meters and features are declared is the order they are shown in.
  document json not null,
  hash text not null unique,
  is_current boolean not null default false,
  applied_at timestamptz not null default now()
);
create unique index catalog_versions_one_current on catalog_versions (is_current) where is_current;

create table catalog_prices (
  stripe_price_id text primary key,
  stripe_product_id text not null,
  lookup_key text not null,
  catalog_version integer not null references catalog_versions,
  plan text not null,
  interval text not null check (interval in ('month', 'year')),
  currency text not null,
  amount_cents bigint not null check (amount_cents >= 0),
  is_current boolean not null default true
);
create unique index catalog_prices_one_current on catalog_prices (lookup_key) where is_current;

-- Subscriptions --------------------------------------------------------------------------------------------------

create table checkouts (
  account_id text not null references accounts,
  checkout_id text not null,
  stripe_session_id text unique,
  plan text not null,
  interval text not null,
  currency text not null,
  user_id text,
  number_preference jsonb not null default '{}',
  status text not null default 'creating' check (status in ('creating', 'open', 'completed', 'expired')),
  url text,
  expires_at timestamptz,
  created_at timestamptz not null default business_now(),
  primary key (account_id, checkout_id)
);

create table subscriptions (
  account_id text not null references accounts,
  subscription_id text not null,
  stripe_subscription_id text not null unique,
  stripe_customer_id text not null,
  kind text not null check (kind in ('plan', 'numbers')),
  plan text,
  catalog_version integer references catalog_versions,
  interval text,
  currency text not null,
  status text not null check (status in
    ('incomplete', 'incomplete_expired', 'trialing', 'active', 'past_due', 'unpaid', 'paused', 'canceled')),
  billing_cycle_anchor timestamptz not null,
  period_start timestamptz not null,
  period_end timestamptz not null,
  trial_start timestamptz,
  trial_end timestamptz,
  cancel_at timestamptz,
  cancel_at_period_end boolean not null default false,
  canceled_at timestamptz,
  ended_at timestamptz,
  cancellation_reason text,
  cancellation_feedback text,
  has_payment_method boolean not null,
  items jsonb not null,
  number_preference jsonb not null default '{}',
  activated_at timestamptz,
  past_due_since timestamptz,
  remote jsonb not null,
  synced_sequence bigint not null,
  created_at timestamptz not null,
  primary key (account_id, subscription_id),
  check (kind = 'numbers' or plan is not null)
);
create unique index subscriptions_one_live_plan on subscriptions (account_id)
  where kind = 'plan' and status in ('incomplete', 'trialing', 'active', 'past_due', 'unpaid', 'paused');

-- Taken before a provider is asked, so that an older answer never overwrites a newer one. Timestamps cannot serve:
-- two events of the same second tie.
create sequence sync_sequence;

-- Usage ----------------------------------------------------------------------------------------------------------

create table periods (
  account_id text not null references accounts,
  period_id text not null,
  subscription_id text,
  plan text not null,
  catalog_version integer not null references catalog_versions,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  -- The next period starts this many months after the anchor: counted from it, never chained (31 January).
  anchor timestamptz not null,
  interval text not null check (interval in ('month', 'year')),
  -- Whether another period follows by itself; not where the subscription is ending.
  is_rolling boolean not null,
  status text not null check (status in ('provisional', 'confirmed', 'frozen')),
  primary key (account_id, period_id),
  unique (account_id, starts_at),
  check (ends_at > starts_at)
);

-- What a period includes, and from when to when it counts, stands beside what was used of it: one conditional update
-- of this row decides a consume and a track, whatever is cut, frozen or consumed at the same moment.
create table usage_counters (
  account_id text not null,
  period_id text not null,
  meter text not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  is_open boolean not null default true,
  used numeric not null default 0,
  reserved numeric not null default 0 check (reserved >= 0),
  included numeric,
  at_limit text not null check (at_limit in ('block', 'overage', 'allow')),
  overage_cents numeric check (overage_cents >= 0),
  primary key (account_id, period_id, meter),
  foreign key (account_id, period_id) references periods
);
create index usage_counters_open on usage_counters (account_id, ends_at) where is_open;

-- Ids are remembered apart from the events: a table cut by time cannot be unique on (account, event id).
-- No foreign key to the account: its check would wait for whoever holds the account's lock while holding a counter.
create table usage_keys (
  account_id text not null,
  event_id text not null,
  answer jsonb,
  seen_at timestamptz not null default now(),
  primary key (account_id, event_id)
) partition by hash (account_id);

create table usage_events (
  account_id text not null,
  event_id text not null,
  meter text not null,
  quantity numeric not null,
  at timestamptz not null,
  period_id text,
  is_late boolean not null default false,
  reason text,
  user_id text,
  entity_type text,
  entity_id text,
  cost_cents numeric,
  metadata jsonb not null default '{}',
  recorded_at timestamptz not null default now(),
  primary key (account_id, at, event_id)
) partition by range (at);

create table usage_events_elsewhen partition of usage_events default;

do $$
begin
  for part in 0..7 loop
    execute format(
      'create table usage_keys_%s partition of usage_keys for values with (modulus 8, remainder %s)', part, part);
  end loop;
end $$;

-- Makes the monthly partitions around business time. The default one takes what lies outside; a month whose rows
-- already landed there stays there.
create function ensure_usage_partitions() returns void
  language plpgsql security definer
  set search_path = tollgate, pg_temp
  as $$
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
end $$;

-- One row closes one meter's use in one period; the charge for numbers held is sealed under 'phone_number'.
-- In units: recorded + carried_in = included + billed + waived + unbilled + carried_out.
create table seals (
  account_id text not null,
  seal_id text not null,
  period_id text not null,
  meter text not null,
  status text not null check (status in ('frozen', 'attached', 'finalised')),
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
  -- How often Stripe definitely refused its line: a new try needs a new idempotency key.
  refused_count integer not null default 0,
  frozen_at timestamptz not null default business_now(),
  primary key (account_id, seal_id),
  unique (account_id, period_id, meter),
  foreign key (account_id, period_id) references periods,
  check (recorded + carried_in = included + billed + waived + unbilled + carried_out)
);

-- Money --------------------------------------------------------------------------------------------------------

create table payments (
  account_id text not null references accounts,
  payment_id text not null,
  stripe_invoice_id text not null unique,
  stripe_subscription_id text,
  number text,
  reason text not null,
  status text not null check (status in ('draft', 'open', 'paid', 'uncollectible', 'void')),
  amount_cents bigint not null,
  paid_cents bigint not null,
  refunded_cents bigint not null default 0,
  currency text not null,
  period_start timestamptz not null,
  period_end timestamptz not null,
  invoiced_at timestamptz not null,
  due_at timestamptz,
  paid_at timestamptz,
  finalizes_at timestamptz,
  seal_due_at timestamptz,
  attempt_count integer not null default 0,
  stripe_payment_intent_id text,
  stripe_charge_id text,
  hosted_invoice_url text,
  invoice_pdf_url text,
  lines jsonb not null,
  remote jsonb not null,
  synced_sequence bigint not null,
  primary key (account_id, payment_id)
);
create index payments_newest on payments (account_id, invoiced_at desc, payment_id desc);
create index payments_seal_due on payments (seal_due_at) where seal_due_at is not null;

-- What happened, in words: facts under a natural key, so that any order of deliveries writes the same history.
create table billing_events (
  account_id text not null references accounts,
  billing_event_id text not null,
  natural_key text not null,
  type text not null,
  description text not null,
  at timestamptz not null,
  amount_cents bigint,
  currency text,
  object text,
  primary key (account_id, billing_event_id),
  unique (account_id, natural_key)
);
create index billing_events_newest on billing_events (account_id, at desc, billing_event_id desc);

-- Numbers --------------------------------------------------------------------------------------------------------

create table number_orders (
  account_id text not null references accounts,
  order_id text not null,
  kind text not null check (kind in ('included', 'requested')),
  subscription_id text,
  position integer not null default 0,
  preference jsonb not null default '{}',
  status text not null check (status in ('pending', 'completed', 'failed')),
  attempt_count integer not null default 0,
  due_at timestamptz,
  last_error text,
  created_at timestamptz not null default business_now(),
  completed_at timestamptz,
  primary key (account_id, order_id)
);
create unique index number_orders_included_once on number_orders (account_id, subscription_id, position)
  where kind = 'included';
create index number_orders_due on number_orders (due_at) where status = 'pending';

create table numbers (
  account_id text not null references accounts,
  number_id text not null,
  order_id text not null,
  e164 text not null,
  country text not null,
  type text not null,
  status text not null check (status in ('claimed', 'owned', 'releasing', 'released')),
  twilio_account_sid text,
  twilio_sid text,
  capabilities jsonb not null default '{}',
  locality text,
  region text,
  label text,
  claimed_at timestamptz not null default business_now(),
  owned_at timestamptz,
  released_at timestamptz,
  primary key (account_id, number_id),
  foreign key (account_id, order_id) references number_orders
);
-- All accounts buy from one Twilio account, which answers a repeated purchase with success to anybody.
create unique index numbers_one_holder on numbers (e164) where status in ('claimed', 'owned', 'releasing');
-- An order that runs twice at once still buys one number.
create unique index numbers_one_of_order on numbers (account_id, order_id) where status in ('claimed', 'owned');

-- Messages -------------------------------------------------------------------------------------------------------

create table notifications (
  account_id text not null references accounts,
  notification_id text not null,
  cause text not null,
  kind text not null,
  channel text not null check (channel in ('email', 'sms')),
  recipient text not null,
  subject text,
  body_text text not null,
  body_html text,
  status text not null default 'pending' check (status in ('pending', 'sending', 'sent', 'failed')),
  message_id text not null,
  provider_id text,
  attempt_count integer not null default 0,
  last_error text,
  created_at timestamptz not null default business_now(),
  sent_at timestamptz,
  primary key (account_id, notification_id),
  unique (account_id, kind, channel, cause)
);

-- Webhooks to the host app.
create table outbox_endpoints (
  endpoint_id text primary key,
  url text not null,
  secret text not null,
  event_types text[] not null,
  is_enabled boolean not null default true,
  created_at timestamptz not null default now()
);

create table outbox_messages (
  account_id text not null references accounts,
  message_id text not null,
  endpoint_id text not null references outbox_endpoints,
  type text not null,
  body text not null,
  status text not null default 'pending' check (status in ('pending', 'sent', 'failed')),
  attempt_count integer not null default 0,
  last_error text,
  created_at timestamptz not null default now(),
  sent_at timestamptz,
  primary key (account_id, message_id)
);

-- Webhooks from providers: kept as they came, unique by the provider's own id.
create table inbox (
  inbox_id bigint generated always as identity primary key,
  source text not null check (source in ('stripe', 'twilio', 'vapi')),
  external_id text not null,
  type text not null,
  object_key text not null,
  body text not null,
  status text not null default 'received' check (status in ('received', 'waiting', 'handled', 'ignored', 'dead')),
  account_id text,
  attempt_count integer not null default 0,
  last_error text,
  occurred_at timestamptz not null,
  received_at timestamptz not null default now(),
  handled_at timestamptz,
  unique (source, external_id)
);
create index inbox_unhandled on inbox (object_key, inbox_id) where status in ('received', 'waiting');
create index inbox_newest on inbox (received_at desc, inbox_id desc);

-- Who calls ------------------------------------------------------------------------------------------------------

create table api_keys (
  key_id text primary key,
  name text not null,
  prefix text not null,
  hash text not null unique,
  scopes text[] not null,
  created_at timestamptz not null default now(),
  revoked_at timestamptz
);

-- A one-time link that becomes a signed-in page session; only hashes are kept.
create table page_sessions (
  session_id text primary key,
  account_id text references accounts,
  user_id text,
  role text not null check (role in ('owner', 'admin', 'member', 'operator')),
  path text not null,
  link_hash text not null unique,
  link_expires_at timestamptz not null,
  opened_at timestamptz,
  cookie_hash text unique,
  expires_at timestamptz,
  created_at timestamptz not null default now()
);

-- The caller is an account's id, or 'system' where a call is not about one account.
create table idempotency_keys (
  caller text not null,
  key text not null,
  request_hash text not null,
  status integer,
  answer text,
  locked_until timestamptz not null,
  created_at timestamptz not null default now(),
  primary key (caller, key)
);

-- Who changed what, when and why. Append-only: nobody but the owner may change or remove a row.
create table audit_entries (
  account_id text not null references accounts,
  audit_id bigint generated always as identity,
  at timestamptz not null default business_now(),
  actor text not null,
  action text not null,
  object text not null,
  before jsonb,
  after jsonb,
  reason text,
  primary key (account_id, audit_id)
);

-- Written beneath the code, so that no change of a subscription or a number goes without its entry.
create function audit_change() returns trigger
  language plpgsql
  set search_path = tollgate, pg_temp
  as $$
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
end $$;

create trigger audit after insert or update on subscriptions
  for each row execute function audit_change('subscription_id');
create trigger audit after insert or update on numbers
  for each row execute function audit_change('number_id');
create trigger audit after insert or update on members
  for each row execute function audit_change('user_id');

-- Row-level security and rights ------------------------------------------------------------------------------------

-- A role of the API sees one account: the transaction's own. The worker sees that one too once it has named it,
-- and all of them (sweeps, operators, receiving) only while it has named none.
do $$
declare
  tenant record;
begin
  for tenant in
    select c.oid::regclass::text as name, c.relispartition as is_partition
    from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = 'tollgate'::regnamespace and c.relkind in ('r', 'p')
      and a.attname = 'account_id' and not a.attisdropped
      and c.relname not in ('inbox', 'page_sessions')
  loop
    execute format('alter table %s enable row level security', tenant.name);
    -- Nobody but the owner has rights on a partition, and the owner has to see what is in it to add another one.
    continue when tenant.is_partition;
    execute format('alter table %s force row level security', tenant.name);
    execute format(
      'create policy own_account on %s to tollgate_api, tollgate_ingest
         using (account_id = nullif(current_setting(''app.account'', true), ''''))
         with check (account_id = nullif(current_setting(''app.account'', true), ''''))', tenant.name);
    execute format(
      'create policy own_account_or_all on %s to tollgate_worker
         using (coalesce(nullif(current_setting(''app.account'', true), ''''), account_id) = account_id)
         with check (coalesce(nullif(current_setting(''app.account'', true), ''''), account_id) = account_id)',
      tenant.name);
    execute format('grant select, insert, update, delete on %s to tollgate_api, tollgate_worker', tenant.name);
  end loop;
end $$;

revoke update, delete on audit_entries from tollgate_api, tollgate_worker;
-- A provisional period is a guess that Stripe may overrule; one that was closed stays.
create policy closed_stays on periods as restrictive for delete using (status <> 'frozen');
revoke delete on accounts, customers, subscriptions, seals, payments, billing_events, numbers,
  number_orders, notifications from tollgate_api, tollgate_worker;

grant select on migrations to tollgate_worker;
grant select on business_clock, catalog_versions, catalog_prices to tollgate_api, tollgate_ingest, tollgate_worker;
grant update on business_clock to tollgate_worker;
grant insert, update on catalog_versions, catalog_prices to tollgate_worker;
grant select, insert, update, delete on inbox, api_keys, page_sessions, idempotency_keys, outbox_endpoints
  to tollgate_worker;
grant usage on sequence sync_sequence to tollgate_api, tollgate_worker;
grant select, insert, update on usage_keys, usage_events, usage_counters to tollgate_ingest;
grant select on accounts, periods to tollgate_ingest;
revoke execute on function ensure_usage_partitions() from public;
grant execute on function ensure_usage_partitions() to tollgate_worker;
