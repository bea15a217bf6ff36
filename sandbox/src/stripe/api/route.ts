import type { Operation } from '../world.ts'
import { StripeError } from './errors.ts'

export type Found = { operation: Operation; ids: Record<string, string> }

function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    // A `%` that begins no code stands for itself, and names nothing.
    return value
  }
}

/** How an operation of a path is found: fixed segments go before `{id}`. Refuses an unknown path with a 404. */
export function createRouter(operations: Operation[]): (method: string, path: string) => Found {
  const byShape = new Map<string, { operation: Operation; parts: string[] }[]>()
  const variables = (operation: Operation) => operation.path.split('{').length
  for (const operation of [...operations].sort((a, b) => variables(a) - variables(b))) {
    const parts = operation.path.split('/')
    const shape = `${operation.method} ${parts.length}`
    byShape.set(shape, [...(byShape.get(shape) ?? []), { operation, parts }])
  }
  return (method, path) => {
    const given = path.split('/')
    for (const { operation, parts } of byShape.get(`${method} ${given.length}`) ?? []) {
      const ids: Record<string, string> = {}
      const fits = parts.every((part, position) => {
        const value = given[position] ?? ''
        if (!part.startsWith('{')) return part === value
        ids[part.slice(1, -1)] = decoded(value)
        return value !== ''
      })
      if (fits) return { operation, ids }
    }
    const message = `Unrecognized request URL (${method}: ${path}). Please see https://stripe.com/docs or we can help at https://support.stripe.com/. (Either there is no such path or the sandbox does not implement it.)`
    throw new StripeError(404, { type: 'invalid_request_error', message })
  }
}
