import { createHash } from 'node:crypto'
import type { Reply, SandboxRequest } from '../../server.ts'
import type { World } from '../world.ts'
import { StripeError } from './errors.ts'

type Kept = { id: string; path: string; fingerprint: string; reply: Reply; requestId: string }

/** Keys are forgotten after a day, by the sandbox's clock: the same key is then a new request. */
const lifetime = 24 * 3600

/** What makes two requests the same beside their path: their parameters, whatever their order. */
function fingerprint({ query, body }: SandboxRequest): string {
  const pairs = [...query, ...new URLSearchParams(body.toString())].sort(([a], [b]) =>
    a < b ? -1 : Number(a > b),
  )
  return createHash('sha256').update(JSON.stringify(pairs)).digest('hex')
}

/**
 * The answer that was given under this key, or undefined where the key is new. Refuses a key that was used on
 * another path or with other parameters (400 `idempotency_error`).
 */
export function replayed(world: World, key: string, request: SandboxRequest): Reply | undefined {
  const kept = world.store.get<Kept>('idempotency', key)
  if (!kept) return undefined
  if (kept.path !== request.path) {
    const message = `Keys for idempotent requests can only be used for the same endpoint they were first used for ('${request.path}' vs '${kept.path}'). Try using a key other than '${key}' if you meant to execute a different request.`
    throw new StripeError(400, { type: 'idempotency_error', message })
  }
  if (kept.fingerprint !== fingerprint(request)) {
    const message = `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`
    throw new StripeError(400, { type: 'idempotency_error', message })
  }
  const headers = { ...kept.reply.headers, 'idempotent-replayed': 'true', 'original-request': kept.requestId }
  return { ...kept.reply, headers }
}

/** Keeps an answer under its key. Only requests whose execution has begun come here; refused parameters do not. */
export function keep(
  world: World,
  asked: { key: string; request: SandboxRequest; requestId: string },
  reply: Reply,
): void {
  const { key, request, requestId } = asked
  world.store.put<Kept>('idempotency', {
    id: key,
    path: request.path,
    fingerprint: fingerprint(request),
    reply,
    requestId,
  })
  world.clock.schedule({
    id: `idempotency ${key}`,
    at: world.clock.now() + lifetime,
    what: 'idempotency.forget',
    object: key,
  })
}

export function forgetOldKeys(world: World): void {
  world.clock.on('idempotency.forget', ({ object }) => world.store.remove('idempotency', object))
}
