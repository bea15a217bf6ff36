import { present, type World } from '../world.ts'
import { invalid } from './errors.ts'
import { totalOf } from './search.ts'

type Node = Record<string, unknown>
const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** `holder`: the object that has no such property to expand. */
function refuse(path: string, holder: Node): never {
  const last = path.split('.').at(-1)
  const hint = holder.object === 'list' ? ` You may want to try expanding 'data.${last}' instead.` : ''
  throw invalid(`This property cannot be expanded (${last}).${hint}`, { param: 'expand' })
}

/** What is shown whole already may be asked for: an API object, or a list of them. A plain hash or value may not. */
function isShown(value: unknown): boolean {
  return Array.isArray(value) ? value.every(isShown) : isNode(value) && value.object !== undefined
}

/** The object of an id, or those of a list of ids; what names none stays as it is. */
function opened(world: World, kind: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => opened(world, kind, one))
  const found = typeof value === 'string' ? world.store.get<object>(kind, value) : undefined
  return found ? present(world, found) : value
}

/** Puts the object in place of the id at `holder[field]`, or the value that only shows when it is asked for. */
function open(world: World, holder: Node, at: { path: string; done: number }): unknown {
  const { path, done } = at
  const fields = path.split('.')
  const field = fields[done] as string
  const isLast = done === fields.length - 1
  const links = world.resources.get(String(holder.object))?.links ?? {}
  const link = links[field]
  const value = holder[field]
  if (link === undefined) {
    const leadsOn = Object.keys(links).some((name) => name.startsWith(`${field}.`))
    const isOpen = isLast ? isShown(value) : isNode(value) || Array.isArray(value)
    return isOpen || (value === null && leadsOn) ? value : refuse(path, holder)
  }
  if (typeof link === 'function') {
    if (!isNode(value) && !Array.isArray(value)) holder[field] = link(world, holder)
    return holder[field]
  }
  holder[field] = opened(world, link, value)
  return holder[field]
}

function walk(world: World, value: unknown, path: string, done: number): void {
  if (Array.isArray(value)) {
    for (const item of value) walk(world, item, path, done)
    return
  }
  const fields = path.split('.')
  const field = fields[done]
  if (field === undefined || !isNode(value)) return
  let inner = open(world, value, { path, done })
  if (Array.isArray(inner) && inner.some((one) => isNode(one) && one.object === undefined)) {
    for (const one of inner) if (isNode(one)) linkInside(world, value, one, fields, done, path)
    return
  }
  // Objects without a name of their own (`parent`, `payment`) are looked into on behalf of their field.
  if (isNode(inner) && inner.object === undefined) inner = linkInside(world, value, inner, fields, done, path)
  walk(world, inner, path, done + 1)
}

/** What stands at the names below a value, in each member of a list on the way: `items` of each of the `phases`. */
function nodesAt(value: unknown, names: string[]): Node[] {
  if (Array.isArray(value)) return value.flatMap((one) => nodesAt(one, names))
  if (!isNode(value)) return []
  const [name, ...rest] = names
  return name === undefined ? [value] : nodesAt(value[name], rest)
}

/** `payment.payment_intent`, `parent.subscription_details.subscription`: links declared with the dotted name. */
function linkInside(
  world: World,
  holder: Node,
  inner: Node,
  fields: string[],
  done: number,
  path: string,
): unknown {
  const links = world.resources.get(String(holder.object))?.links ?? {}
  for (let end = fields.length; end > done + 1; end--) {
    const link = links[fields.slice(done, end).join('.')]
    if (link === undefined) continue
    const last = fields[end - 1] as string
    for (const node of nodesAt(inner, fields.slice(done + 1, end - 1))) {
      if (typeof link === 'function') {
        node[last] = link(world, holder)
        continue
      }
      node[last] = opened(world, link, node[last])
      walk(world, node[last], path, end)
    }
    return undefined
  }
  return fields.length > done + 1 ? refuse(path, holder) : inner
}

/** Expands the named fields of an answer, at most four levels deep. */
export function expand(world: World, answer: unknown, paths: string[]): unknown {
  if (paths.length === 0) return answer
  const copy = structuredClone(answer)
  for (const path of paths) {
    if (path.split('.').length > 4) {
      throw invalid(`You cannot expand more than 4 levels of a property. Property: ${path}`, {
        param: 'expand',
      })
    }
    const total = path === 'total_count' && isNode(answer) ? totalOf(answer) : undefined
    if (total === undefined) walk(world, copy, path, 0)
    else Object.assign(copy as object, { total_count: total })
  }
  return copy
}
