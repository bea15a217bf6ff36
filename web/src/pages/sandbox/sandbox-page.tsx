import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Answer } from '../../components/answer.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { Skeleton } from '../../components/skeleton.tsx'
import { locale } from '../../lib/locale.ts'
import { useNow } from '../../lib/now.ts'
import { clockQuery, configQuery } from '../../lib/queries.ts'
import type { Advanced } from '../../lib/sandbox.ts'
import { formatInstant } from '../../lib/time.ts'
import { ClockSection } from './clock-section.tsx'
import { OutboxSection } from './outbox-section.tsx'
import { PlayedSection } from './played-section.tsx'
import { UseSection } from './use-section.tsx'

/** What time the sandbox has, how to move it, and what left the house meanwhile. */
export const SandboxPage = () => {
  const config = useQuery(configQuery)
  return (
    <Loaded
      query={config}
      page="Sandbox"
      failure="The server could not be asked how it is set up."
      skeleton={<PageSkeleton />}
    >
      {({ sandbox }) =>
        sandbox ? (
          <Sandbox />
        ) : (
          <Answer page="Sandbox" answer="There is no sandbox here">
            This server works with the real Stripe and Twilio.
          </Answer>
        )
      }
    </Loaded>
  )
}

const Sandbox = () => {
  const [advanced, setAdvanced] = useState<Advanced | null>(null)
  return (
    <div className="space-y-6">
      <Clock />
      <div className="grid gap-6 lg:grid-cols-2">
        <ClockSection onAdvanced={setAdvanced} />
        <UseSection />
      </div>
      {advanced && <PlayedSection advanced={advanced} />}
      <OutboxSection />
    </div>
  )
}

const Clock = () => {
  const clock = useQuery({ ...clockQuery, refetchInterval: 10_000 })
  const now = useNow()
  return (
    <Loaded
      query={clock}
      page="Sandbox"
      failure="The sandbox's clock could not be read."
      skeleton={<Skeleton className="h-6 w-96" />}
    >
      {() => (
        <Answer page="Sandbox" answer={formatInstant(now.toISOString(), { locale })}>
          The sandbox's clock. Move it, and everything that falls due on the way is played in order.
        </Answer>
      )}
    </Loaded>
  )
}

const PageSkeleton = () => (
  <div className="space-y-6">
    <Skeleton className="h-48 w-full" />
    <Skeleton className="h-64 w-full" />
  </div>
)
