import { missing } from '../api/errors.ts'
import { page, paging } from '../api/lists.ts'
import { list, metadata, object, oneOf, required, text, type Values } from '../api/params.ts'
import { priceData } from '../catalog/price-parameters.ts'
import { type Call, type Operation, operation, present } from '../world.ts'
import { checkDraft } from './drafts.ts'
import { findInvoice } from './invoice.ts'
import { priceItem, pricingParams } from './item-pricing.ts'
import { createItem, type InvoiceItem, putOnInvoice } from './items.ts'
import { changeLine, findLine, removeLine, withLines } from './line-changes.ts'
import { type Line, linesOf } from './lines.ts'
import { taxAmountsParam } from './manual-taxes.ts'

const { unit_amount_decimal: _, ...linePricing } = pricingParams
const lineFields = { ...linePricing, price_data: object(priceData), tax_amounts: taxAmountsParam }

const addition = {
  lines: required(list(object({ ...lineFields, invoice_item: text }))),
  invoice_metadata: metadata,
}

function addLines({ world, params, ids }: Call<Values<typeof addition>>): object {
  const invoice = findInvoice(world, ids.id ?? '')
  checkDraft(invoice, 'lines can only be added to a draft')
  const add = (line: Values<typeof lineFields> & { invoice_item?: string }, param: string) => {
    const { invoice_item: existing, tax_amounts: taxes, ...pricing } = line
    if (existing !== undefined) {
      const item = world.store.get<InvoiceItem>('invoiceitem', existing)
      if (!item || item.invoice !== null || item.customer !== invoice.customer) {
        throw missing('invoiceitem', existing, `${param}[invoice_item]`)
      }
      putOnInvoice(world, item, invoice.id)
      return
    }
    const priced = priceItem(world, pricing, { currency: invoice.currency, param })
    const item = createItem(world, { ...priced, customer: invoice.customer, invoice: invoice.id })
    putOnInvoice(world, item, invoice.id)
    const added = linesOf(world, invoice.id).at(-1)
    if (taxes?.length && added) changeLine(world, invoice, added, { tax_amounts: taxes }, param)
  }
  const after = withLines(world, invoice, params.invoice_metadata, () =>
    params.lines.forEach((line, position) => {
      add(line, `lines[${position}]`)
    }),
  )
  return present(world, after)
}

const updating = {
  lines: required(list(object({ ...lineFields, id: required(text) }))),
  invoice_metadata: metadata,
}

function updateLines({ world, params, ids }: Call<Values<typeof updating>>): object {
  const invoice = findInvoice(world, ids.id ?? '')
  checkDraft(invoice, 'lines can only be changed on a draft')
  const after = withLines(world, invoice, params.invoice_metadata, () =>
    params.lines.forEach(({ id, ...given }, position) => {
      const param = `lines[${position}]`
      changeLine(world, invoice, findLine(world, invoice, id, `${param}[id]`), given, param)
    }),
  )
  return present(world, after)
}

const removal = {
  lines: required(list(object({ id: required(text), behavior: required(oneOf('delete', 'unassign')) }))),
  invoice_metadata: metadata,
}

function removeLines({ world, params, ids }: Call<Values<typeof removal>>): object {
  const invoice = findInvoice(world, ids.id ?? '')
  checkDraft(invoice, 'lines can only be removed from a draft')
  const after = withLines(world, invoice, params.invoice_metadata, () =>
    params.lines.forEach((given, position) => {
      const param = `lines[${position}]`
      removeLine(world, findLine(world, invoice, given.id, `${param}[id]`), given, param)
    }),
  )
  return present(world, after)
}

export const lineOperations: Operation[] = [
  operation('GET /v1/invoices/{id}/lines', paging, (call) => {
    const lines = linesOf(call.world, findInvoice(call.world, call.ids.id ?? '').id)
    // Lines are listed in the order in which they stand on the invoice.
    return page(call, lines.reverse())
  }),
  operation('POST /v1/invoices/{id}/lines/{line}', lineFields, ({ world, params, ids }) => {
    const invoice = findInvoice(world, ids.id ?? '')
    const line = findLine(world, invoice, ids.line ?? '')
    checkDraft(invoice, 'lines can only be changed on a draft')
    withLines(world, invoice, undefined, () => changeLine(world, invoice, line, params))
    return present(world, world.store.get<Line>('line_item', line.id) as Line)
  }),
  operation('POST /v1/invoices/{id}/add_lines', addition, addLines),
  operation('POST /v1/invoices/{id}/update_lines', updating, updateLines),
  operation('POST /v1/invoices/{id}/remove_lines', removal, removeLines),
]
