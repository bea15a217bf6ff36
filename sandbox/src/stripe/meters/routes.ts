import { page, paging } from '../api/lists.ts'
import { object, oneOf, required } from '../api/params.ts'
import { operation, present, type Resource } from '../world.ts'
import { adjusting, cancelUsage, type MeterEvent, reporting, reportUsage } from './meter-events.ts'
import { createMeter, findMeter, type Meter, renameMeter, renaming, switchMeter, textUpTo } from './meters.ts'
import { summaries, summing } from './summaries.ts'
import { startRecounting } from './usage-lines.ts'

const creation = {
  customer_mapping: object({
    event_payload_key: required(textUpTo(100)),
    type: required(oneOf('by_id')),
  }),
  default_aggregation: required(object({ formula: required(oneOf('count', 'last', 'sum')) })),
  display_name: required(textUpTo(250)),
  event_name: required(textUpTo(100)),
  event_time_window: oneOf('day', 'hour'),
  value_settings: object({ event_payload_key: required(textUpTo(100)) }),
}

const path = '/v1/billing/meters'

export const meters: Resource = {
  object: 'billing.meter',
  start(world) {
    world.store.index<Meter>('billing.meter', 'active event_name', ({ status, event_name: name }) =>
      status === 'active' ? name : null,
    )
  },
  operations: [
    operation(`POST ${path}`, creation, ({ world, params }) => present(world, createMeter(world, params))),
    operation(`GET ${path}`, { ...paging, status: oneOf('active', 'inactive') }, (call) => {
      const { status } = call.params
      const all = [...call.world.store.all<Meter>('billing.meter')]
      return page(
        call,
        all.filter((meter) => status === undefined || meter.status === status),
      )
    }),
    operation(`GET ${path}/{id}`, {}, ({ world, ids }) => present(world, findMeter(world, ids.id))),
    operation(`POST ${path}/{id}`, renaming, ({ world, params, ids }) =>
      present(world, renameMeter(world, ids.id, params)),
    ),
    operation(`POST ${path}/{id}/deactivate`, {}, ({ world, ids }) =>
      present(world, switchMeter(world, ids.id, 'inactive')),
    ),
    operation(`POST ${path}/{id}/reactivate`, {}, ({ world, ids }) =>
      present(world, switchMeter(world, ids.id, 'active')),
    ),
    operation(`GET ${path}/{id}/event_summaries`, summing, summaries),
  ],
}

export const meterEvents: Resource = {
  object: 'billing.meter_event',
  view: (_world, { id: _id, hidden: _hidden, ...shown }: MeterEvent) => shown,
  start(world) {
    world.store.index<MeterEvent>('billing.meter_event', 'identifier', ({ identifier }) => identifier)
    world.store.index<MeterEvent>('billing.meter_event', 'owner', ({ hidden }) => hidden.owner)
    startRecounting(world)
  },
  operations: [
    operation('POST /v1/billing/meter_events', reporting, ({ world, params }) => reportUsage(world, params)),
    operation('POST /v1/billing/meter_event_adjustments', adjusting, ({ world, params }) =>
      cancelUsage(world, params),
    ),
  ],
}
