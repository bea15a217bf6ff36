import { page, pagingAndCreated } from '../api/lists.ts'
import { boolean, mergeMetadata, metadata, notYetAll, object, type Param, text } from '../api/params.ts'
import { operation, present, type Resource } from '../world.ts'
import {
  closeDispute,
  type Dispute,
  decide,
  fileEvidence,
  findDispute,
  respond,
  textEvidence,
} from './disputes.ts'

type TextField = (typeof textEvidence)[number]
const evidence = object({
  ...(Object.fromEntries(textEvidence.map((name) => [name, text])) as Record<TextField, Param<string>>),
  ...notYetAll(...fileEvidence, 'appeal', 'enhanced_evidence'),
})

export const disputes: Resource = {
  object: 'dispute',
  view(world, dispute: Dispute) {
    const { hidden, ...shown } = dispute
    const { due_by: due } = dispute.evidence_details
    const waits = dispute.status.endsWith('needs_response')
    return {
      ...shown,
      balance_transactions: hidden.transactions.map((id) =>
        present(world, world.store.get<object>('balance_transaction', id) ?? {}),
      ),
      evidence_details: { ...dispute.evidence_details, past_due: waits && world.clock.now() > due },
    }
  },
  links: { charge: 'charge', payment_intent: 'payment_intent' },
  start(world) {
    world.store.index<Dispute>('dispute', 'charge', ({ charge }) => charge)
    world.store.index<Dispute>('dispute', 'payment_intent', ({ payment_intent: intent }) => intent)
    world.clock.on('dispute.decide', ({ object: id }) => decide(world, id))
  },
  operations: [
    operation('GET /v1/disputes', { ...pagingAndCreated, charge: text, payment_intent: text }, (call) => {
      const { charge, payment_intent: intent } = call.params
      const { store } = call.world
      const found =
        charge !== undefined
          ? store.by<Dispute>('dispute', 'charge', charge)
          : intent !== undefined
            ? store.by<Dispute>('dispute', 'payment_intent', intent)
            : [...store.all<Dispute>('dispute')]
      return page(
        call,
        found.filter((one) => intent === undefined || one.payment_intent === intent),
      )
    }),
    operation('GET /v1/disputes/{id}', {}, ({ world, ids }) => present(world, findDispute(world, ids.id))),
    operation(
      'POST /v1/disputes/{id}',
      { evidence, metadata, submit: boolean, ...notYetAll('intended_submission_method') },
      ({ world, params, ids }) => {
        const before = findDispute(world, ids.id)
        const after = respond(world, before, {
          evidence: { ...params.evidence } as Record<string, string>,
          metadata: mergeMetadata(before.metadata, params.metadata),
          submit: params.submit ?? true,
        })
        return present(world, after)
      },
    ),
    operation('POST /v1/disputes/{id}/close', {}, ({ world, ids }) =>
      present(world, closeDispute(world, findDispute(world, ids.id))),
    ),
  ],
}
