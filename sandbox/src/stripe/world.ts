import type { Deliveries } from '../deliveries.ts'
import { randomId } from '../ids.ts'
import type { Settings } from '../settings.ts'
import type { Store } from '../store.ts'
import type { Shape, Values } from './api/params.ts'
import type { ScopedClock } from './test-clocks/scoped-clock.ts'

export const apiVersion = '2026-10-28.endive'

/** Everything a resource needs. `request` is the API request being served, null when time or a page does something. */
export type World = {
  store: Store
  clock: ScopedClock
  deliveries: Deliveries
  account: { id: string; secretKey: string }
  /** What an account may choose and what Stripe does not say, as it stands now. */
  settings: () => Settings
  /** The sandbox's own address, for hosted pages. */
  address: () => string
  request: { id: string | null; idempotency_key: string | null } | null
  resources: Map<string, Resource>
  /** What resources have to say to each other upwards: an invoice that was paid tells its subscription. */
  listeners: Map<string, ((object: never) => void)[]>
}

export type Stored = { id: string; object: string }
export type Call<V> = { world: World; params: V; ids: Record<string, string>; path: string }
export type Operation = {
  method: string
  path: string
  params: Shape
  run: (call: Call<never>) => unknown
}

/** A field that holds an id and can be expanded: the kind of object, or how it is found. */
type Link = string | ((world: World, holder: Record<string, unknown>) => unknown)

/** One kind of API object: how it is shown, what in it can be expanded, its routes, and what time does to it. */
export type Resource = {
  object: string
  /** From what is stored to what the API shows; by default the stored object without its `hidden` field. */
  view?: (world: World, stored: never) => object
  links?: Record<string, Link>
  operations?: Operation[]
  /** Declares indexes, due actions and listeners. */
  start?: (world: World) => void
}

/** Declares an operation with its parameters, so that its `run` gets them typed. */
export function operation<S extends Shape>(
  on: string,
  params: S,
  run: (call: Call<Values<S>>) => unknown,
): Operation {
  const [method = '', path = ''] = on.split(' ')
  return { method, path, params, run: run as Operation['run'] }
}

export function listen<T>(world: World, fact: string, act: (object: T) => void): void {
  world.listeners.set(fact, [...(world.listeners.get(fact) ?? []), act as (object: never) => void])
}

export function tell<T>(world: World, fact: string, object: T): void {
  for (const act of world.listeners.get(fact) ?? []) act(object as never)
}

/** The object as the API shows it. */
export function present(world: World, stored: object): Record<string, unknown> {
  const view = world.resources.get((stored as Stored).object)?.view
  if (view) return view(world, stored as never) as Record<string, unknown>
  const { hidden: _, ...shown } = stored as Record<string, unknown>
  return shown
}

/** Ids of the long form (`sub_1…`): a prefix, `1`, and 23 more characters. */
export const longId = (prefix: string): string => randomId(`${prefix}1`, 23)
/** Ids of the short form (`cus_…`): 14 characters. */
export const shortId = (prefix: string): string => randomId(prefix, 14)

/** A list inside an object, such as a subscription's items. */
export function innerList<T>(url: string, data: T[], shown = data.length): object {
  return {
    object: 'list',
    data: data.slice(0, shown),
    has_more: data.length > shown,
    total_count: data.length,
    url,
  }
}
