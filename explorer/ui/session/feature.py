"""The session: its file, and the changes that are made to it."""

from __future__ import annotations

from explorer.ui.actions.ui_feature import UiFeature
from explorer.ui.session import actions, edit_actions, face_actions
from explorer.ui.session.forgetting import ForgetService
from explorer.ui.session.recent import RecentSessions
from explorer.ui.session.service import SessionFileService

SERVICES = (SessionFileService, ForgetService, RecentSessions)
FEATURE = UiFeature(name="session", actions=actions.ACTIONS, services=SERVICES)
# Apart: figures are listed between the two.
EDITING = UiFeature(name="editing", actions=(*edit_actions.ACTIONS, *face_actions.ACTIONS))
LEAVING = UiFeature(name="leaving", actions=(actions.QUIT,))
