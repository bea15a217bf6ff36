import { bodyOf, json, Refused } from './control-request.ts'
import type { Reply, SandboxRequest } from './server.ts'
import { finishAuthentication } from './stripe/payments/attempt.ts'
import { finishSetup } from './stripe/payments/setup-intents.ts'
import { declinesToChoose, newCardThatFails } from './stripe/payments/works-then-fails.ts'
import { present, type World } from './stripe/world.ts'

type Act = (request: SandboxRequest, id: string) => Reply
type AsPerson = (world: World, about: string, act: () => object) => Reply

function passes(request: SandboxRequest): boolean {
  const { outcome } = bodyOf(request, ['outcome'])
  if (outcome === 'pass' || outcome === 'fail') return outcome === 'pass'
  throw new Refused('"outcome" must be "pass" or "fail".')
}

function makeCard(request: SandboxRequest): Reply {
  const { worksTimes, thenDeclines = 'generic_decline' } = bodyOf(request, ['worksTimes', 'thenDeclines'])
  if (typeof worksTimes !== 'number' || !Number.isInteger(worksTimes) || worksTimes < 0 || worksTimes > 99)
    throw new Refused('"worksTimes" must be a whole number from 0 to 99.')
  if (typeof thenDeclines !== 'string' || !declinesToChoose.includes(thenDeclines))
    throw new Refused(`"thenDeclines" must be one of ${declinesToChoose.join(', ')}.`)
  const number = newCardThatFails(worksTimes, thenDeclines)
  return json({ number, token: `pm_card_${number}` })
}

/** What a person does at 3-D Secure, and a card that works so often and then no more. */
export function paymentRoutes(world: World, asPerson: AsPerson): [method: string, path: RegExp, act: Act][] {
  return [
    [
      'POST',
      /^payment_intents\/([^/]+)\/authenticate$/,
      (request, id) => {
        const passed = passes(request)
        return asPerson(world, id, () => present(world, finishAuthentication(world, id, passed)))
      },
    ],
    [
      'POST',
      /^setup_intents\/([^/]+)\/authenticate$/,
      (request, id) => {
        const passed = passes(request)
        return asPerson(world, id, () => present(world, finishSetup(world, id, passed)))
      },
    ],
    ['POST', /^cards$/, makeCard],
  ]
}
