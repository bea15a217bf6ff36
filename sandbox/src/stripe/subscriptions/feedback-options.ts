import { invalid, missing } from '../api/errors.ts'
import { page, paging } from '../api/lists.ts'
import { oneOf, required, text } from '../api/params.ts'
import { longId, operation, present, type Resource, type Stored, type World } from '../world.ts'

type FeedbackOption = Stored & {
  description: string
  status: 'active' | 'inactive'
  status_transitions: { deactivated_at: number | null }
}

function find(world: World, id = ''): FeedbackOption {
  const found = world.store.get<FeedbackOption>('billing.feedback_option', id)
  if (!found) throw missing('feedback option', id)
  return found
}

function checked(description: string): string {
  if (description.length <= 100) return description
  throw invalid('The description of a feedback option can be at most 100 characters long.', {
    param: 'description',
  })
}

/** Reasons of one's own for cancelling, offered beside Stripe's. */
export const feedbackOptions: Resource = {
  object: 'billing.feedback_option',
  operations: [
    operation('POST /v1/billing/feedback_options', { description: required(text) }, ({ world, params }) => {
      const option: FeedbackOption = {
        id: longId('bfo_'),
        object: 'billing.feedback_option',
        description: checked(params.description),
        ...{ livemode: false },
        status: 'active',
        status_transitions: { deactivated_at: null },
      }
      return present(world, world.store.put('billing.feedback_option', option))
    }),
    operation(
      'GET /v1/billing/feedback_options',
      { ...paging, status: oneOf('active', 'inactive') },
      (call) => {
        const all = [...call.world.store.all<FeedbackOption>('billing.feedback_option')]
        const { status } = call.params
        return page(
          call,
          all.filter((option) => status === undefined || option.status === status),
        )
      },
    ),
    operation('GET /v1/billing/feedback_options/{id}', {}, ({ world, ids }) =>
      present(world, find(world, ids.id)),
    ),
    operation('POST /v1/billing/feedback_options/{id}', { description: text }, ({ world, params, ids }) => {
      const { description, ...before } = find(world, ids.id)
      const after = { ...before, description: checked(params.description ?? description) }
      return present(world, world.store.put<FeedbackOption>('billing.feedback_option', after))
    }),
    operation('POST /v1/billing/feedback_options/{id}/deactivate', {}, ({ world, ids }) => {
      const before = find(world, ids.id)
      if (before.status === 'inactive') throw invalid('The feedback option is deactivated already.')
      return present(
        world,
        world.store.put<FeedbackOption>('billing.feedback_option', {
          ...before,
          status: 'inactive',
          status_transitions: { deactivated_at: world.clock.now() },
        }),
      )
    }),
  ],
}
