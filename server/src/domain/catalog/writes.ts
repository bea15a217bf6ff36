import type { Tx } from '../../lib/db.ts'
import { sql } from '../../lib/db.ts'
import type { Catalog } from './catalog.ts'
import type { CatalogPrice } from './reads.ts'

export async function insertVersion(tx: Tx, catalog: Catalog, hash: string): Promise<void> {
  await tx.run(sql`
    insert into catalog_versions (document, hash) values (${JSON.stringify(catalog)}, ${hash})
    on conflict (hash) do nothing`)
}

export async function makeCurrent(tx: Tx, version: number): Promise<void> {
  await tx.run(sql`update catalog_versions set is_current = false where is_current and version <> ${version}`)
  await tx.run(
    sql`update catalog_versions set is_current = true where version = ${version} and not is_current`,
  )
}

/** Puts a price on sale under its lookup key; the one that was there before stays for those who have it. */
export async function putPriceOnSale(tx: Tx, price: CatalogPrice & { lookupKey: string }): Promise<void> {
  await tx.run(sql`
    update catalog_prices set is_current = false
    where lookup_key = ${price.lookupKey} and is_current and stripe_price_id <> ${price.stripePriceId}`)
  await tx.run(sql`
    insert into catalog_prices (stripe_price_id, stripe_product_id, lookup_key, catalog_version, plan, interval,
      currency, amount_cents)
    values (${price.stripePriceId}, ${price.stripeProductId}, ${price.lookupKey}, ${price.catalogVersion},
      ${price.plan}, ${price.interval}, ${price.currency}, ${price.amountCents})
    on conflict (stripe_price_id) do update set is_current = true`)
}
