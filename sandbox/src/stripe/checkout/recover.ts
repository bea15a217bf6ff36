import { randomId } from '../../ids.ts'
import { invalid } from '../api/errors.ts'
import type { World } from '../world.ts'
import { open } from './create.ts'
import { withDiscounts } from './discounts.ts'
import { findSession, type Session } from './session.ts'

/** A new session like one that expired, made when the person opens its recovery address; refused once that is too old. */
export function recoverSession(world: World, id: string): Session {
  const expired = findSession(world, id)
  const recovery = expired.after_expiration?.recovery
  const now = world.clock.now()
  if (!recovery?.url || recovery.expires_at === null || recovery.expires_at <= now)
    throw invalid('This Checkout Session can no longer be recovered.')
  const fresh = `cs_test_a1${randomId('', 56)}`
  const copy: Session = {
    ...expired,
    id: fresh,
    after_expiration: { recovery: { ...recovery, expires_at: null, url: null } },
    allow_promotion_codes: recovery.allow_promotion_codes,
    created: now,
    expires_at: now + 86_400,
    recovered_from: expired.id,
    status: 'open',
    url: `${world.address()}/c/pay/${fresh}`,
  }
  return open(world, withDiscounts(world, { ...copy, discounts: [] }, []))
}
