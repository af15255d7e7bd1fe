/** Reports: a member reports an item, and an operator resolves the reports in the queue. */
import { isProblem, type components } from '@postern/client'
import { useState } from 'react'
import { ErrorMessage } from '../error.tsx'
import { Field, Form } from '../form.tsx'
import { useLoad } from '../load.ts'
import { postern, useUser } from '../postern.ts'
import { Link, Title } from '../router.tsx'

type Type = 'posts' | 'recipes'
type Report = components['schemas']['Report']
type Reason = components['schemas']['ReportDraft']['reason']

const REASONS: Record<Reason, string> = {
  spam: 'Spam',
  harassment: 'Harassment',
  illegal: 'Against the law',
  copyright: 'A violation of copyright',
  other: 'Something else',
}

const isReason = (text: string): text is Reason => text in REASONS

export function ReportForm({ type, id }: { type: Type; id: number }) {
  const [isSent, setSent] = useState(false)
  if (isSent) return <p role="status">Thank you. An operator will look at it.</p>
  return (
    <details>
      <summary>Report this</summary>
      <Form
        label="Report"
        actions={['Report']}
        onSubmit={async ({ text }) => {
          const reason = text('reason')
          const body = { reason: isReason(reason) ? reason : 'other', detail: text('detail') || null } as const
          const result = await postern.POST(`/${type}/{id}/reports`, { params: { path: { id } }, body })
          setSent(!result.error)
          return result
        }}
      >
        <Field name="reason" label="Why" options={REASONS} />
        <Field name="detail" label="Details" rows={3} />
      </Form>
    </details>
  )
}

export function Reports() {
  const user = useUser()
  const query = { status: 'open' as const }
  const { data, error, reload } = useLoad(
    (signal) => postern.GET('/operator/reports', { params: { query }, signal }),
    [user?.id],
  )
  return (
    <>
      <Title>Reports</Title>
      {error && <ErrorMessage error={error} />}
      {data?.items.length === 0 && <p role="status">No report is open.</p>}
      <ul className="items" aria-label="Open reports">
        {data?.items.map((report) => (
          <li key={report.id}>
            <Entry report={report} onDone={reload} />
          </li>
        ))}
      </ul>
    </>
  )
}

function Entry({ report, onDone }: { report: Report; onDone: () => void }) {
  const { id, type, item_id, reason, detail, reporter, version } = report
  return (
    <>
      <p>
        <Link to={`/${type}/${item_id}`}>{`${type} ${item_id}`}</Link>: {REASONS[reason]}
      </p>
      {detail && <p className="text">{detail}</p>}
      <p className="hint">Reported by {reporter.username ?? 'a former member'}</p>
      <Form
        label={`Report ${id}`}
        actions={['Hide and resolve', 'Resolve']}
        onSubmit={async ({ text }, action) => {
          const note = text('note')
          if (action === 'Hide and resolve' && (type === 'posts' || type === 'recipes')) {
            const params = { path: { id: item_id } }
            const hidden = await postern.PUT(`/operator/${type}/{id}/hidden`, { params, body: { reason: note } })
            if (hidden.error) return hidden
          }
          const result = await postern.edit('/operator/reports/{id}', id, { version, status: 'resolved', note })
          // Another operator may have resolved it: reload the list.
          if (!result.error || isProblem(result.error, 'version-conflict')) onDone()
          return result
        }}
      >
        <Field name="note" label="Note" />
      </Form>
    </>
  )
}
