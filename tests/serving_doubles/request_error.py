class RequestError(Exception):
    """What a server must answer instead of a prediction.

    Args:
        code: str. Name of a gRPC status.
        message: str.
    """

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code
        self.message = message
