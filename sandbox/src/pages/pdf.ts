import type { Reply } from '../server.ts'
import { findCreditNote } from '../stripe/credit-notes/credit-note.ts'
import { findInvoice } from '../stripe/invoices/invoice.ts'
import { linesOf } from '../stripe/invoices/lines.ts'
import { type Row, summaryOf } from '../stripe/invoices/summary.ts'
import { writtenAmount } from '../stripe/money/money.ts'
import type { World } from '../stripe/world.ts'
import { writtenDate } from './layout.ts'

/** Text as a PDF string of the standard encoding; what that cannot show becomes a question mark. */
const pdfText = (text: string): string =>
  text
    .replaceAll('×', 'x')
    .replace(/[^\x20-\x7e]/g, '?')
    .replace(/[\\()]/g, '\\$&')

/** The smallest sound PDF: one page of lines of text (ISO 32000-1, 7.5). */
function pdfOf(lines: string[]): string {
  const shown = lines.map((line) => `(${pdfText(line)}) Tj T*`).join('\n')
  const content = `BT /F1 11 Tf 16 TL 56 780 Td\n${shown}\nET`
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ]
  let body = '%PDF-1.4\n'
  const offsets = objects.map((object, position) => {
    const at = body.length
    body += `${position + 1} 0 obj\n${object}\nendobj\n`
    return at
  })
  const table = offsets.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('')
  return `${body}xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${body.length}\n%%EOF\n`
}

const pdfReply = (lines: string[]): Reply => ({
  status: 200,
  headers: { 'content-type': 'application/pdf' },
  body: pdfOf(lines),
})

const moneyIn = (currency: string) => (amount: number) =>
  writtenAmount(amount, currency).replace('€', 'EUR ').replace('£', 'GBP ').replace('¥', 'JPY ')

/** The invoice as a PDF of one page. */
export function invoicePdf(world: World, id: string): Reply {
  const invoice = findInvoice(world, id)
  const money = moneyIn(invoice.currency)
  const { before, after } = summaryOf(world, invoice)
  const rows = linesOf(world, id).map((line) => `${line.description ?? ''}   ${money(line.amount)}`)
  const written = ({ words, amount }: Row) => `${words}   ${money(amount)}`
  return pdfReply([
    `Invoice ${invoice.number ?? '(draft)'} (test)`,
    writtenDate(invoice.effective_at ?? invoice.created),
    ...(invoice.custom_fields ?? []).map(({ name, value }) => `${name}: ${value}`),
    ...(invoice.description === null ? [] : [invoice.description]),
    '',
    ...rows,
    '',
    ...before.map(written),
    `Total ${money(invoice.total)}`,
    ...after.map(written),
    `Amount due ${money(invoice.amount_remaining)}`,
    `Status ${invoice.status}`,
    ...(invoice.footer === null ? [] : ['', invoice.footer]),
  ])
}

/** The credit note as a PDF of one page. */
export function creditNotePdf(world: World, id: string): Reply {
  const note = findCreditNote(world, id)
  const money = moneyIn(note.currency)
  return pdfReply([
    `Credit note ${note.number} (test)`,
    `for invoice ${findInvoice(world, note.invoice).number}`,
    writtenDate(note.effective_at ?? note.created),
    ...(note.memo === null ? [] : [note.memo]),
    '',
    ...note.hidden.lines.map((line) => `${line.description ?? ''}   ${money(line.amount)}`),
    '',
    `Total ${money(note.total)}`,
    `Status ${note.status}`,
  ])
}
