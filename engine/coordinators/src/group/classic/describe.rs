//! What is said of classic groups to those who look on.

use super::ClassicGroups;
use super::group::ClassicGroup;
use crate::group::GroupError;
use crate::group::listing::{DescribedGroup, DescribedMember, GroupFilter, GroupState, ListedGroup};

/// The name of this kind of groups.
const TYPE: &str = "classic";

impl ClassicGroups {
    pub(crate) fn describe(&self, group_id: &str) -> Result<DescribedGroup, GroupError> {
        let group = self.get(group_id).ok_or(GroupError::GroupIdNotFound)?;
        // What members said is of interest once it has been decided on.
        let protocol = group.protocol_name.as_deref().filter(|_| group.state == GroupState::Stable);
        let members = group.members.values().map(|member| DescribedMember {
            member_id: member.id.to_string(),
            group_instance_id: member.group_instance_id.as_deref().map(str::to_owned),
            client_id: member.client_id.clone(),
            client_host: member.client_host.clone(),
            metadata: member.metadata(protocol),
            assignment: member.assignment.clone(),
        });
        Ok(DescribedGroup {
            group_id: group_id.to_owned(),
            state: group.state,
            protocol_type: group.protocol_type.clone().unwrap_or_default(),
            protocol: protocol.unwrap_or_default().to_owned(),
            members: members.collect(),
        })
    }

    pub(crate) fn list(&self, filter: &GroupFilter) -> Vec<ListedGroup> {
        let matching = self.groups.values().filter(|group| filter.matches(TYPE, group.state.name()));
        let mut listed: Vec<_> = matching.map(ClassicGroup::listed).chain(self.list_other_kinds(filter)).collect();
        listed.sort_by(|one, other| one.group_id.cmp(&other.group_id));
        listed
    }
}

impl ClassicGroup {
    fn listed(&self) -> ListedGroup {
        ListedGroup {
            group_id: self.id.to_string(),
            protocol_type: self.protocol_type.clone().unwrap_or_default(),
            state: self.state.name(),
            group_type: TYPE,
        }
    }
}
