import { invalid } from '../api/errors.ts'
import { page, paging, pagingAndCreated } from '../api/lists.ts'
import { clearableText, mergeMetadata, metadata, notYetAll, text } from '../api/params.ts'
import { change, emit } from '../events/events.ts'
import { askForTheRest } from '../invoices/credit.ts'
import { changeInvoice, findInvoice } from '../invoices/invoice.ts'
import { operation, present, type Resource, type World } from '../world.ts'
import { type CreditNote, findCreditNote, viewCreditLine, viewCreditNote } from './credit-note.ts'
import { issue } from './issue.ts'
import { creation } from './parameters.ts'

/** Takes back a credit note of an invoice that is still open: what it took off is due again. */
function voidNote(world: World, note: CreditNote): CreditNote {
  if (note.status === 'void') throw invalid('This credit note is void already.')
  const invoice = findInvoice(world, note.invoice)
  if (invoice.status !== 'open') {
    throw invalid(
      `You can only void a credit note if its invoice is open; ${invoice.id} is ${invoice.status}.`,
    )
  }
  const after = world.store.put<CreditNote>('credit_note', {
    ...note,
    status: 'void',
    voided_at: world.clock.now(),
  })
  emit(world, 'credit_note.voided', after)
  const pre = note.pre_payment_amount
  const restored = changeInvoice(world, invoice, {
    amount_due: invoice.amount_due + pre,
    amount_remaining: invoice.amount_remaining + pre,
    pre_payment_credit_notes_amount: invoice.pre_payment_credit_notes_amount - pre,
  })
  askForTheRest(world, restored)
  return after
}

export const creditNoteLines: Resource = {
  object: 'credit_note_line_item',
  view: viewCreditLine,
  links: { 'discount_amounts.discount': 'discount', 'pretax_credit_amounts.discount': 'discount' },
}

export const creditNotes: Resource = {
  object: 'credit_note',
  view: viewCreditNote,
  links: {
    customer: 'customer',
    customer_balance_transaction: 'customer_balance_transaction',
    invoice: 'invoice',
    'refunds.refund': 'refund',
    'discount_amounts.discount': 'discount',
    'pretax_credit_amounts.discount': 'discount',
  },
  start(world) {
    world.store.index<CreditNote>('credit_note', 'invoice', ({ invoice }) => invoice)
    world.store.index<CreditNote>('credit_note', 'customer', ({ customer }) => customer)
  },
  operations: [
    operation('POST /v1/credit_notes', creation, ({ world, params }) =>
      present(world, findCreditNote(world, issue(world, params).id)),
    ),
    operation(
      'GET /v1/credit_notes',
      { ...pagingAndCreated, customer: text, invoice: text, ...notYetAll('customer_account') },
      (call) => {
        const { customer, invoice } = call.params
        const { store } = call.world
        const from =
          invoice !== undefined
            ? store.by<CreditNote>('credit_note', 'invoice', invoice)
            : customer !== undefined
              ? store.by<CreditNote>('credit_note', 'customer', customer)
              : [...store.all<CreditNote>('credit_note')]
        return page(
          call,
          from.filter((note) => customer === undefined || note.customer === customer),
        )
      },
    ),
    operation('GET /v1/credit_notes/preview', creation, ({ world, params }) =>
      world.store.dryRun(() => present(world, issue(world, params, true))),
    ),
    operation('GET /v1/credit_notes/preview/lines', { ...creation, ...paging }, (call) =>
      call.world.store.dryRun(() =>
        page(call, [...issue(call.world, call.params, true).hidden.lines].reverse()),
      ),
    ),
    operation('GET /v1/credit_notes/{id}', {}, ({ world, ids }) =>
      present(world, findCreditNote(world, ids.id ?? '')),
    ),
    operation('POST /v1/credit_notes/{id}', { memo: clearableText, metadata }, ({ world, params, ids }) => {
      const before = findCreditNote(world, ids.id ?? '')
      const { memo = before.memo, metadata: given } = params
      const changes = { memo, metadata: mergeMetadata(before.metadata, given) }
      return present(world, change(world, before, changes, 'credit_note.updated'))
    }),
    operation('GET /v1/credit_notes/{id}/lines', paging, (call) => {
      const { lines } = findCreditNote(call.world, call.ids.id ?? '').hidden
      // Lines are listed in the order in which they stand on the note.
      return page(call, [...lines].reverse())
    }),
    operation('POST /v1/credit_notes/{id}/void', {}, ({ world, ids }) =>
      present(world, voidNote(world, findCreditNote(world, ids.id ?? ''))),
    ),
  ],
}
