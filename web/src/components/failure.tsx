import { useState } from 'react'
import { TollgateError } from 'tollgate-client'
import { AnchorButton, Button } from './button.tsx'
import { Icon } from './icon.tsx'

type FailureProps = { error: unknown; what: string; onRetry?: () => void; retrying?: boolean }

const sentenceOf = (error: unknown): string => {
  if (error instanceof TollgateError) return error.message
  return 'This page met something that it did not expect. Load it again; if it stays, tell the people who run it.'
}

/** What happened, what to do, and the request's id to give to whoever can look it up. */
export const Failure = ({ error, what, onRetry, retrying = false }: FailureProps) => {
  const known = error instanceof TollgateError ? error : null
  return (
    <div role="alert" className="rounded-box bg-danger-surface p-4">
      <p className="flex items-start gap-2 font-medium text-danger">
        <Icon name="alert" />
        {what}
      </p>
      <p className="mt-1 pl-7">{sentenceOf(error)}</p>
      <div className="mt-3 flex flex-wrap items-center gap-3 pl-7">
        {known?.action && (
          <AnchorButton href={known.action.url} look="secondary">
            {known.action.text}
          </AnchorButton>
        )}
        {onRetry && (
          <Button onClick={onRetry} busy={retrying}>
            Try again
          </Button>
        )}
        {known?.requestId && <RequestId id={known.requestId} />}
      </div>
    </div>
  )
}

const RequestId = ({ id }: { id: string }) => {
  const [copied, setCopied] = useState(false)
  // Without permission (or over plain http) there is no clipboard; the id stands there to be selected.
  const copy = () =>
    void navigator.clipboard?.writeText(id).then(
      () => setCopied(true),
      () => setCopied(false),
    )
  return (
    <span className="flex min-w-0 items-center gap-2 text-small text-ink">
      <span className="min-w-0 break-all">
        Request <code className="font-mono select-all">{id}</code>
      </span>
      <button
        type="button"
        onClick={copy}
        className="inline-flex min-h-8 items-center gap-1 rounded-box px-2 font-medium hover:bg-surface"
      >
        <Icon name={copied ? 'check' : 'copy'} className="size-4" />
        {copied ? 'Copied' : 'Copy'}
        <span className="sr-only"> the request id</span>
      </button>
    </span>
  )
}
