import { change } from '../events/events.ts'
import type { World } from '../world.ts'
import { changesTo } from './enter.ts'
import { currentPhase, type Phase, phaseItemsOf, type Schedule } from './schedule.ts'

/**
 * The items of a subscription were changed past its schedule: the current phase ends there, and one with the items as
 * they are now takes its rest. The phases after it stay what they are.
 */
export function followChange(world: World, schedule: Schedule): void {
  const phase = currentPhase(schedule)
  const { subscription } = schedule
  if (!phase || subscription === null || !world.settings().schedule_follows_changes) return
  if (changesTo(world, subscription, phase).length === 0) return
  const now = world.clock.now()
  const rest: Phase = {
    ...phase,
    add_invoice_items: [],
    items: phaseItemsOf(world, subscription),
    start_date: now,
    trial_end: phase.trial_end !== null && phase.trial_end > now ? phase.trial_end : null,
  }
  const parts = phase.start_date < now ? [{ ...phase, end_date: now }, rest] : [rest]
  const phases = schedule.phases.flatMap((one) => (one === phase ? parts : one))
  const current = { end_date: rest.end_date, start_date: rest.start_date }
  change(world, schedule, { current_phase: current, phases }, 'subscription_schedule.updated')
}
