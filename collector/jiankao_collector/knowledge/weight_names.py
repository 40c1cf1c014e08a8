"""What has a weight: every kind of finding, in every grade it comes in.

A value is `detector.kind`, or `detector.kind.grade` where one kind weighs more in one case than in another. How much
each weighs, and why, stands in weights.toml beside this file; a file that leaves one out is refused.
"""

from enum import StrEnum


class Weight(StrEnum):
    """The name of a weight."""

    TOOL_STARTED_DRIVING = "known_software.tool_started.driving"
    TOOL_STARTED_OTHER = "known_software.tool_started.other"
    TOOL_STARTED_LIGHT = "known_software.tool_started.light"
    TOOL_PRESENT_DRIVING = "known_software.tool_present.driving"
    TOOL_PRESENT_OTHER = "known_software.tool_present.other"
    TOOL_PRESENT_LIGHT = "known_software.tool_present.light"
    TOOL_SESSION = "known_software.tool_session"

    TOOL_HOST_CONNECTED_DRIVING = "known_host.tool_host_connected.driving"
    TOOL_HOST_CONNECTED_OTHER = "known_host.tool_host_connected.other"
    TOOL_HOST_ASKED_DRIVING = "known_host.tool_host_asked.driving"
    TOOL_HOST_ASKED_OTHER = "known_host.tool_host_asked.other"

    REMOTE_SESSION = "remote_session.remote_session"

    SERVICE_STARTED_DRIVING = "service_running.service_started.driving"
    SERVICE_STARTED_OTHER = "service_running.service_started.other"
    SERVICE_PRESENT_DRIVING = "service_running.service_present.driving"
    SERVICE_PRESENT_OTHER = "service_running.service_present.other"
    SERVICE_ENABLED = "service_running.service_enabled"
    VIRTUAL_INPUT_OPENED = "service_running.virtual_input_opened"
    VIRTUAL_INPUT_HELD = "service_running.virtual_input_held"

    INJECTED_INPUT = "injected_input.injected_input"
    INPUT_WITHOUT_DEVICE = "injected_input.input_without_device"
    POINTER_WARP = "injected_input.pointer_warp"
    SENT_EVENTS = "injected_input.sent_events"

    REMOTE_DESKTOP_SESSION = "remote_desktop.remote_desktop_session"
    INBOUND_WITH_INJECTION = "remote_desktop.inbound_with_injection"
    REMOTE_DESKTOP_LISTENER_NEW = "remote_desktop.remote_desktop_listener.new"
    REMOTE_DESKTOP_LISTENER_BEFORE = "remote_desktop.remote_desktop_listener.before"

    OUTBOUND_SESSION = "reverse_session.outbound_session"
    OUTBOUND_WITH_INJECTION = "reverse_session.outbound_with_injection"

    OUTSIDE_POLICY = "policy_connection.outside_policy"
    POLICY_UNREADABLE = "policy_connection.policy_unreadable"

    LOOK_ALIKE_LOOKS = "look_alike_host.look_alike_looks"
    LOOK_ALIKE_EMBEDDED = "look_alike_host.look_alike_embedded"
    LOOK_ALIKE_MISSPELT = "look_alike_host.look_alike_misspelt"
    LOOK_ALIKE_SUFFIX = "look_alike_host.look_alike_suffix"
    CONNECTED_LOOK_ALIKE_LOOKS = "look_alike_host.connected_look_alike_looks"
    CONNECTED_LOOK_ALIKE_EMBEDDED = "look_alike_host.connected_look_alike_embedded"
    CONNECTED_LOOK_ALIKE_MISSPELT = "look_alike_host.connected_look_alike_misspelt"
    CONNECTED_LOOK_ALIKE_SUFFIX = "look_alike_host.connected_look_alike_suffix"

    IP_KVM_FRESH = "new_device.ip_kvm.fresh"
    IP_KVM_BEFORE = "new_device.ip_kvm.before"
    VIRTUAL_INPUT = "new_device.virtual_input"
    NEW_INPUT = "new_device.new_input"
    NEW_INPUT_AGAIN = "new_device.new_input.again"
    NEW_STORAGE = "new_device.new_storage"
    NEW_STORAGE_AGAIN = "new_device.new_storage.again"

    NEW_DISPLAY = "new_display.new_display"
    DISPLAY_BACK = "new_display.display_back"
    MIRRORED = "new_display.mirrored"
    IP_KVM_DISPLAY_FRESH = "new_display.ip_kvm_display.fresh"
    IP_KVM_DISPLAY_BEFORE = "new_display.ip_kvm_display.before"

    NEW_TETHER = "new_network.new_tether"
    NEW_VPN = "new_network.new_vpn"
    NEW_TAP = "new_network.new_tap"
    NEW_WIFI = "new_network.new_wifi"
    NEW_ETHERNET = "new_network.new_ethernet"

    NEW_DEFAULT_ROUTE = "network_setting.new_default_route"
    NEW_ROUTE = "network_setting.new_route"
    NEW_DNS_SERVER = "network_setting.new_dns_server"
    NEW_PROXY = "network_setting.new_proxy"
    NEW_HOTSPOT = "network_setting.new_hotspot"

    SCREEN_SHARED = "screen_read.screen_shared"
    SCREEN_SHARED_CLASSROOM = "screen_read.screen_shared.classroom"
    SCREEN_READ_BY_TOOL = "screen_read.screen_read_by_tool"
    SCREEN_READ = "screen_read.screen_read"
    SCREEN_READ_CLASSROOM = "screen_read.screen_read.classroom"

    HIDDEN_PANE = "odd_windows.hidden_pane"
    CAPTURE_PROTECTION_LOST = "odd_windows.capture_protection_lost"
    CAPTURE_PROTECTION_LOST_OUTSIDE = "odd_windows.capture_protection_lost.outside"
    OTHER_DESKTOP = "odd_windows.other_desktop"
    OTHER_DESKTOP_OUTSIDE = "odd_windows.other_desktop.outside"
    SECURE_DESKTOP = "odd_windows.secure_desktop"
    HIDDEN_FROM_CAPTURE = "odd_windows.hidden_from_capture"

    OVERLAY_BY_TOOL = "overlay_window.overlay_by_tool"
    OVERLAY = "overlay_window.overlay"
    OVERLAY_CLASSROOM = "overlay_window.overlay.classroom"

    STREAM_BROKEN = "silence.stream_broken"
    WORKSTATION_SILENT = "silence.workstation_silent"
    NOT_RETURNED = "silence.not_returned"
    AGENT_STOPPED = "silence.agent_stopped"

    SENSOR_UNAVAILABLE = "sensor_unavailable.sensor_unavailable"
    SENSOR_DEGRADED = "sensor_unavailable.sensor_degraded"
    HELPER_DIED = "sensor_unavailable.helper_died"

    REFUSED_SIGNATURE = "chain_broken.refused_signature"
    REFUSED_FORK = "chain_broken.refused_fork"
    REFUSED_CHAIN_BROKEN = "chain_broken.refused_chain_broken"
    REFUSED_WRONG_WORKSTATION = "chain_broken.refused_wrong_workstation"
    REFUSED_DUPLICATE = "chain_broken.refused_duplicate"
    REFUSED_OUT_OF_ORDER = "chain_broken.refused_out_of_order"
    REFUSED_TOO_MANY = "chain_broken.refused_too_many"
    REFUSED_TOO_LARGE = "chain_broken.refused_too_large"
    REFUSED_MALFORMED_ENVELOPE = "chain_broken.refused_malformed_envelope"
    REFUSED_MALFORMED_BATCH = "chain_broken.refused_malformed_batch"
    REFUSED_CERTIFICATE = "chain_broken.refused_certificate"
    BOOT_RETURNED = "chain_broken.boot_returned"
    SUPERSEDED_TALKS = "chain_broken.superseded_talks"
    CLOCK_JUMPED = "chain_broken.clock_jumped"
    CLOCK_JUMPED_SET = "chain_broken.clock_jumped.set"
    CLOCK_WRONG = "chain_broken.clock_wrong"
    OBSERVATIONS_DROPPED = "chain_broken.observations_dropped"

    DEBUGGER_ATTACHED = "integrity.debugger_attached"
    BINARIES_CHANGED = "integrity.binaries_changed"
    BINARIES_DIFFER = "integrity.binaries_differ"
    VIRTUAL_MACHINE = "integrity.virtual_machine"

    EXAM_APPLICATION_CHANGED = "watched_files.exam_application_changed"
    AUTOSTART_CHANGED = "watched_files.autostart_changed"
    AGENT_SETTINGS_CHANGED = "watched_files.agent_settings_changed"
    PROGRAM_OF_MEDIUM_RUNS = "watched_files.program_of_medium_runs"
    PROGRAM_ON_MEDIUM = "watched_files.program_on_medium"
    MEDIUM_PRESENT = "watched_files.medium_present"

    SIGMA_CRITICAL = "sigma_rules.sigma_rule.critical"
    SIGMA_HIGH = "sigma_rules.sigma_rule.high"
    SIGMA_MEDIUM = "sigma_rules.sigma_rule.medium"
    SIGMA_LOW = "sigma_rules.sigma_rule.low"
    SIGMA_INFORMATIONAL = "sigma_rules.sigma_rule.informational"

    ANSWERS_WITHOUT_HAND = "hands.answers_without_hand"

    SHARED_FAR_END_ROOM = "ring.shared_far_end.room"
    SHARED_FAR_END_SEAT = "ring.shared_far_end.seat"
    SHARED_RELAY_ROOM = "ring.shared_relay.room"
    SHARED_RELAY_SEAT = "ring.shared_relay.seat"
    SAME_ONSET_ROOM = "ring.same_onset.room"
    SAME_ONSET_SEAT = "ring.same_onset.seat"
    SAME_BOOT_ROOM = "ring.same_boot.room"
    SAME_BOOT_SEAT = "ring.same_boot.seat"
