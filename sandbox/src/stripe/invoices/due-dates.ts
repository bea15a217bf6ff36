import { emit } from '../events/events.ts'
import { tell, type World } from '../world.ts'
import { type Invoice, subscriptionOf } from './invoice.ts'

const day = 86_400

/** Plans what is said of a sent invoice around the day on which it is due. */
export function planDueDate(world: World, { id, due_date: due }: Invoice): void {
  if (due === null) return
  const { will_be_due_days: before, overdue_days: after } = world.settings()
  const plan = (name: string, at: number, what: string) => {
    if (at > world.clock.now()) world.clock.schedule({ id: `${name} ${id}`, at, what, object: id })
  }
  for (const days of before) plan(`due in ${days}`, due - days * day, 'invoice.will_be_due')
  plan('due', due, 'invoice.due')
  for (const days of after) plan(`overdue ${days}`, due + days * day, 'invoice.overdue')
}

/** Declares what time does to invoices that were sent; one that was paid or given up meanwhile is left alone. */
export function startDueDates(world: World): void {
  const whenOpen = (what: string, act: (invoice: Invoice) => void) =>
    world.clock.on(what, ({ object }) => {
      const invoice = world.store.get<Invoice>('invoice', object)
      if (invoice?.status === 'open') act(invoice)
    })
  whenOpen('invoice.will_be_due', (invoice) => emit(world, 'invoice.will_be_due', invoice))
  whenOpen('invoice.overdue', (invoice) => emit(world, 'invoice.overdue', invoice))
  whenOpen('invoice.due', (invoice) => {
    if (subscriptionOf(invoice)) tell(world, 'invoice.past_due', invoice)
  })
}
