import { useQuery } from '@tanstack/react-query'
import { configQuery } from '../lib/queries.ts'
import { useDemo } from '../lib/use-demo.ts'
import { Button } from './button.tsx'
import { Failure } from './failure.tsx'
import { Notice } from './notice.tsx'

type SignedOutProps = { title: string; as?: 'account' | 'operator' }

/** Nobody, or somebody else, is signed in: how to come in, with one click where there is a demo. */
export const SignedOut = ({ title, as = 'account' }: SignedOutProps) => {
  const { data: config } = useQuery(configQuery)
  const demo = useDemo()
  if (demo.error) return <Failure error={demo.error} what="The demo could not be opened." />
  if (!config?.sandbox) {
    return (
      <Notice tone="accent" title={title}>
        Open billing from the product that you use: its link signs you in.
      </Notice>
    )
  }
  return (
    <Notice
      tone="accent"
      title={title}
      action={
        <Button look="primary" busy={demo.isPending || demo.isSuccess} onClick={() => demo.mutate(as)}>
          {as === 'account' ? 'Open the demo account' : "Open the operator's view"}
        </Button>
      }
    >
      This is the sandbox: no password, no card, nothing is charged.
    </Notice>
  )
}
