import { invalid, missing } from '../api/errors.ts'
import { page, paging } from '../api/lists.ts'
import { boolean, mergeMetadata, metadata, required, text } from '../api/params.ts'
import { operation, present, type Resource, type Stored, type World } from '../world.ts'
import { entitlementId } from './ids.ts'

export type Feature = Stored & {
  active: boolean
  lookup_key: string
  metadata: Record<string, string>
  name: string
}

export function findFeature(world: World, id: string, param = 'id'): Feature {
  const found = world.store.get<Feature>('entitlements.feature', id)
  if (!found) throw missing('feature', id, param)
  return found
}

const byKey = (world: World, key: string) =>
  world.store.by<Feature>('entitlements.feature', 'lookup_key', key)

export const features: Resource = {
  object: 'entitlements.feature',
  start: (world) => world.store.index<Feature>('entitlements.feature', 'lookup_key', (one) => one.lookup_key),
  operations: [
    operation(
      'POST /v1/entitlements/features',
      { lookup_key: required(text), name: required(text), metadata },
      ({ world, params }) => {
        const { lookup_key, name } = params
        if (lookup_key.length > 80)
          throw invalid('A lookup key can be at most 80 characters long.', { param: 'lookup_key' })
        if (byKey(world, lookup_key).length > 0) {
          const message = `A feature with the lookup key \`${lookup_key}\` already exists.`
          throw invalid(message, { param: 'lookup_key', code: 'resource_already_exists' })
        }
        return world.store.put<Feature>('entitlements.feature', {
          id: entitlementId('feat'),
          object: 'entitlements.feature',
          active: true,
          ...{ livemode: false },
          lookup_key,
          metadata: mergeMetadata({}, params.metadata),
          name,
        })
      },
    ),
    operation('GET /v1/entitlements/features', { ...paging, archived: boolean, lookup_key: text }, (call) => {
      const { archived, lookup_key: key } = call.params
      const { world } = call
      const all = key === undefined ? world.store.all<Feature>('entitlements.feature') : byKey(world, key)
      return page(
        call,
        [...all].filter(({ active }) => archived === undefined || active !== archived),
      )
    }),
    operation('GET /v1/entitlements/features/{id}', {}, ({ world, ids }) =>
      present(world, findFeature(world, ids.id ?? '')),
    ),
    operation(
      'POST /v1/entitlements/features/{id}',
      { active: boolean, metadata, name: text },
      ({ world, params, ids }) => {
        const before = findFeature(world, ids.id ?? '')
        const { metadata: given, ...rest } = params
        const after = { ...before, ...rest, metadata: mergeMetadata(before.metadata, given) }
        return world.store.put<Feature>('entitlements.feature', after)
      },
    ),
  ],
}
