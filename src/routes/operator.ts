/** The routes for operators. Their response to everybody else is 404. */
import { createRouter } from '../http/router.ts'
import { operatorAudit } from './operator-audit.ts'
import { operatorInvitations } from './operator-invitations.ts'
import { hidingRoutesByType, operatorReports } from './operator-moderation.ts'
import { operatorUsers } from './operator-users.ts'

export const operator = createRouter()
operator.route('/users', operatorUsers)
operator.route('/reports', operatorReports)
operator.route('/audit', operatorAudit)
operator.route('/invitations', operatorInvitations)
for (const { path, routes } of hidingRoutesByType) operator.route(path, routes)
