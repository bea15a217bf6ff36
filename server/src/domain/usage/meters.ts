import type { Tx } from '../../lib/db.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { Catalogs } from '../catalog/reads.ts'
import { periodsAround } from './reads.ts'

/** The meters that this account may use: those of the catalog on sale, and of the one that its period stands on. */
export async function metersFor(
  { tx, catalogs }: { tx: Tx; catalogs: Catalogs },
  { accountId, now, named }: { accountId: string; now: Date; named: string[] },
): Promise<Catalog['meters']> {
  const { catalog } = await catalogs.current(tx)
  if (named.every((meter) => Object.hasOwn(catalog.meters, meter))) return catalog.meters
  const { containing, before } = await periodsAround(tx, { accountId, at: now })
  const period = containing ?? before
  if (period === undefined) return catalog.meters
  const earlier = await catalogs.version(tx, period.catalogVersion)
  return { ...earlier.catalog.meters, ...catalog.meters }
}
