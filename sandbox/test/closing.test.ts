import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { monthlyPrice, start } from './start.ts'
import { subscribe } from './subscribed.ts'

test('a sandbox that is closed while its clock waits for a webhook’s answer ends at once', async () => {
  const world = await start({ deaf: true })
  await subscribe(world, await monthlyPrice(world.stripe, 1000))
  const asked = Promise.withResolvers<void>()
  const mute = createServer(() => asked.resolve())
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(mute.address() as AddressInfo).port}/`
  await world.stripe.webhookEndpoints.create({ url, enabled_events: ['*'] })
  const moving = world.advance({ months: 3 }).then(
    () => 'moved',
    () => 'cut off',
  )
  await asked.promise
  await world.close()
  mute.closeAllConnections()
  mute.close()
  expect(['moved', 'cut off']).toContain(await moving)
})
