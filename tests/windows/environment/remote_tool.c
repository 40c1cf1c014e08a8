/* For tests only. What a remote-control program does to a seat, small: it listens on a port and makes input with SendInput.
   remote_tool PORT: listens on 127.0.0.1:PORT, says so on standard output, and for every line on its standard input moves
   and clicks the mouse, types a word as characters (VK_PACKET) and presses a key. Ends when its input ends. */
#include <winsock2.h>
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>

static void mouse(DWORD flags, LONG x, LONG y)
{
    INPUT input = {.type = INPUT_MOUSE};
    input.mi.dwFlags = flags;
    input.mi.dx = x;
    input.mi.dy = y;
    SendInput(1, &input, sizeof input);
}

static void key(WORD virtual_key, WORD scan, DWORD flags)
{
    INPUT input = {.type = INPUT_KEYBOARD};
    input.ki.wVk = virtual_key;
    input.ki.wScan = scan;
    input.ki.dwFlags = flags;
    SendInput(1, &input, sizeof input);
}

static void drive(void)
{
    static const char word[] = "zhouyiliu";
    for (int step = 0; step < 10; step++)
        mouse(MOUSEEVENTF_MOVE, 3, 2);
    mouse(MOUSEEVENTF_LEFTDOWN, 0, 0);
    mouse(MOUSEEVENTF_LEFTUP, 0, 0);
    for (const char *letter = word; *letter; letter++) {
        key(0, (WORD)*letter, KEYEVENTF_UNICODE);
        key(0, (WORD)*letter, KEYEVENTF_UNICODE | KEYEVENTF_KEYUP);
    }
    key('Q', 0, 0);
    key('Q', 0, KEYEVENTF_KEYUP);
}

int main(int count, char **words)
{
    WSADATA data;
    char line[64];
    struct sockaddr_in here = {.sin_family = AF_INET};
    SOCKET listener;

    if (count != 2 || WSAStartup(MAKEWORD(2, 2), &data))
        return 2;
    here.sin_port = htons((u_short)atoi(words[1]));
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&here, sizeof here) || listen(listener, 1))
        return 1;
    puts("listening");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin))
        drive();
    return 0;
}
