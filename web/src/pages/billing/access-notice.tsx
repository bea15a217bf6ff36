import type { Access, AccessState } from 'tollgate-client'
import { AnchorButton, Button } from '../../components/button.tsx'
import { Failure } from '../../components/failure.tsx'
import { Notice } from '../../components/notice.tsx'
import { When } from '../../components/when.tsx'
import { usePortal } from './use-portal.ts'

const notices: Partial<Record<AccessState, { tone: 'warning' | 'danger'; title: string }>> = {
  grace: { tone: 'warning', title: 'Everything still works for now' },
  restricted: { tone: 'danger', title: 'Use is stopped until the open invoice is paid' },
  suspended: { tone: 'danger', title: 'This account is suspended' },
}

/** Says that access is at risk or lost, and what brings it back. Silent where all is well. */
export const AccessNotice = ({ access }: { access: Access }) => {
  const notice = notices[access.state]
  if (!notice) return null
  return (
    <Notice tone={notice.tone} title={notice.title} action={<WayOut action={access.action ?? null} />}>
      {access.reason}
      {access.until && (
        <>
          {' '}
          This holds until <When at={access.until} as="day" />.
        </>
      )}
    </Notice>
  )
}

const WayOut = ({ action }: { action: Access['action'] | null }) => {
  const portal = usePortal()
  if (!action) return null
  if (portal.error) return <Failure error={portal.error} what="Stripe's portal could not be opened." />
  // Its address is this page; what helps is the portal behind it.
  if (action.kind === 'update_payment_method') {
    return (
      <Button look="primary" busy={portal.isPending || portal.isSuccess} onClick={() => portal.mutate()}>
        {action.text}
      </Button>
    )
  }
  return (
    <AnchorButton look="primary" href={action.url}>
      {action.text}
    </AnchorButton>
  )
}
