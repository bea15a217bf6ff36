import type { Tx } from './db.ts'
import { sql } from './db.ts'

/**
 * Wall time: tokens, keys, links, signature age, rate limits, leases and job retries.
 * Nothing that is billed may be decided by it.
 */
export function wallNow(): Date {
  return new Date()
}

/**
 * Business time: periods, trials, grace, quotes, holds. The database's clock decides, so that every process
 * agrees; with the sandbox it is the sandbox's clock, kept as an offset in the database.
 */
export async function businessNow(tx: Tx): Promise<Date> {
  const { now } = await tx.one<{ now: Date }>(sql`select business_now() as now`)
  return now
}

/** Moves business time to what the sandbox's clock shows. Only ever called in sandbox mode. */
export async function setBusinessTime(tx: Tx, now: Date): Promise<void> {
  await tx.run(
    sql`update business_clock set shift = ${now.toISOString()}::timestamptz - statement_timestamp()`,
  )
}
