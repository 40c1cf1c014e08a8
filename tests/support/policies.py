"""Policies that tests play with, entry by entry."""

TITLE = '[policy]\nversion = 3\ntitle = "Room 101, theory"\nauthor = "Exam centre"\n'
NETWORK = (
    '[[allow]]\naddress = "10.20.0.10"\nport = 443\ndirection = "outbound"\n'
    'program = "ExamBrowser.exe"\n'
)
EXAM_BROWSER = (
    '[[program]]\nsigner = "Exam Centre"\nname = "ExamBrowser.exe"\nowner = "Exam Centre"\n'
    'reason = "the exam program"\nmay = ["input", "read_screen"]\n'
)
CLASSROOM = '[[classroom]]\ntool = "veyon"\nowner = "School IT"\nhosts = ["10.20.0.2"]\n'
KEYBOARD = (
    '[[accommodation]]\nwhat = "on_screen_keyboard"\nsigner = "Microsoft Windows"\nname = "osk.exe"\n'
    'seats = ["12", "102/14"]\nreason = "approved"\n'
)
LINUX_KEYBOARD = (
    '[[accommodation]]\nwhat = "on_screen_keyboard"\npath = "/usr/bin/python3.11"\nname = "onboard"\n'
    'seats = ["12"]\nreason = "approved"\n'
)
FORBIDDEN = (
    '[forbidden]\ninterfaces = ["hotspot", "wifi"]\n[[forbidden.program]]\nname = "calc.exe"\n'
    'reason = "no calculators"\n'
)
FULL = (
    TITLE
    + NETWORK
    + EXAM_BROWSER
    + CLASSROOM
    + KEYBOARD.replace("reason", 'candidates = ["2026-0077"]\nreason')
    + LINUX_KEYBOARD
    + FORBIDDEN
)
