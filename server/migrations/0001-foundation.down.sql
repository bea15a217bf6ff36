-- The roles stay: they belong to the whole server, and other databases may use them.
drop table
  audit_entries, idempotency_keys, page_sessions, api_keys, inbox, outbox_messages, outbox_endpoints, notifications,
  numbers, number_orders, billing_events, payments, seals, usage_events, usage_keys, usage_counters, periods,
  subscriptions, checkouts, catalog_prices, catalog_versions, customers, members, accounts, business_clock cascade;
drop function ensure_usage_partitions();
drop function business_now();
drop function audit_change();
drop sequence sync_sequence;
revoke usage on schema tollgate from tollgate_api, tollgate_ingest, tollgate_worker;
