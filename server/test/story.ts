import { expect } from 'vitest'
import type { World } from './world.ts'

/** Makes an account and subscribes it by a checkout that is paid with a good card. */
export async function subscribe(
  world: World,
  options: { externalId: string; plan?: string; card?: string },
): Promise<string> {
  const { externalId, plan = 'ai_secretary', card = '4242424242424242' } = options
  const account = `ext:${externalId}`
  await world.call('POST', '/api/accounts', {
    body: { externalId, name: externalId, email: `${externalId}@example.com`, phone: '+14155550123' },
  })
  const checkout = await world.call('POST', '/api/checkout', { account, body: { plan } })
  expect(checkout).toMatchObject({ status: 200 })
  const paid = await world.control('POST', `/checkout/${checkout.body.sessionId}/pay`, { card })
  expect(paid).toMatchObject({ status: 200 })
  await world.settle()
  return account
}

/** The use of the worked example: 150 minutes, 120 SMS and 45 emails. */
export async function useAsInTheExample(world: World, account: string): Promise<void> {
  const events = [
    { id: 'minutes', meter: 'voice_minutes', quantity: 150 },
    { id: 'messages', meter: 'sms_messages', quantity: 120 },
    { id: 'emails', meter: 'email_count', quantity: 45 },
  ]
  expect(await world.call('POST', '/api/usage/track', { account, body: { events } })).toMatchObject({
    status: 200,
  })
}
